// libyaml as Swift sees it: fixtures and baselines.
#include <yaml.h>
