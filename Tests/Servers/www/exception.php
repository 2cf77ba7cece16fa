<?php
// Nobody catches this: PHP answers 500 with a fatal error on the error stream.
throw new RuntimeException('nobody catches this');
