<?php
// Fields of 9,000 bytes: more than nginx's buffer for them holds.
header('Content-Type: text/plain');
header('Set-Cookie: basket=' . str_repeat('0123456789', 900));
echo "a cookie grew\n";
