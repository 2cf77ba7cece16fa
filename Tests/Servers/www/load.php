<?php
// A response whose status and length are known, for measurements: load.php?bytes=N&status=NNN.
http_response_code((int) ($_GET['status'] ?? 200));
$bytes = min(max((int) ($_GET['bytes'] ?? 0), 0), 1 << 20);
header('Content-Type: text/plain');
header("Content-Length: $bytes");
echo str_repeat('x', $bytes);
