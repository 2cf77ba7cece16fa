// zlib as Swift sees it: compressed captures and compressed bodies.
#include <zlib.h>
