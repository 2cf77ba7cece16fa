<?php
// Writes to the error stream before the header is sent, between two pieces of the body, and at the end.
while (ob_get_level() > 0) {
  ob_end_clean();
}
error_log('before the header');
header('Content-Type: text/plain');
echo "first piece\n";
flush();
error_log('between two pieces of the body');
usleep(20000);
echo "second piece\n";
flush();
error_log('after the body');
