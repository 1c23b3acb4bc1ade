"""What is here needs the extra `lake` and a PostgreSQL: `scripts/lake-tests` has both and runs it, nobody else does."""

import os

collect_ignore_glob = [] if "CONDORWATCH_TEST_LAKE" in os.environ else ["test_*.py"]
