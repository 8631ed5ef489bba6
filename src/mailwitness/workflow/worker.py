"""A worker process: reads tasks from standard input until it ends."""

from __future__ import annotations

import os
import signal
import sys

from mailwitness.workflow.data_frames import do_without_data_frames

if __name__ == "__main__":
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the parent decides, and ends its workers
    os.environ.setdefault("ARROW_NUM_THREADS", "1")
    do_without_data_frames()
    import pyarrow

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    from mailwitness.workflow.workers import serve

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    serve(sys.stdin.buffer, out)
