"""Many messages on one connection with this console's own call, log included; prints the seconds. ROOT COUNT

As for smtplib, what must be loaded is loaded before the clock starts.
"""

import sys
import time
from pathlib import Path

from console.delivery import deliver_all
from console.engine import open_engine
from console.message import Draft, compose
from console.verdict import Result

engine = open_engine(Path(sys.argv[1]))
settings = engine.settings.load()
message = compose(Draft(to=("ops@contoso.com",), subject="s", text="body\n"), settings)
began = time.perf_counter()
results = [one.result for one in deliver_all(engine, [message] * int(sys.argv[2]), purpose="send")]
print(time.perf_counter() - began)
sys.exit(any(one is not Result.ACCEPTED for one in results))
