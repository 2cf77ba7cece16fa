<?php
// The header has gone out with status 200 when the uncaught exception comes.
while (ob_get_level() > 0) {
  ob_end_clean();
}
header('Content-Type: text/plain');
echo "so far so good\n";
flush();
throw new RuntimeException('too late for a status');
