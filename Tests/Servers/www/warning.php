<?php
// Two warnings of PHP's own, which reach the error stream, then an ordinary answer.
header('Content-Type: text/plain');
$missing = [];
echo 'value: ', $missing['name'], "\n";
trigger_error('a warning raised by the application', E_USER_WARNING);
echo "done\n";
