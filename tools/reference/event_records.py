"""Event records written by TensorBoard's own code: makes test/golden/tensorboard.json. Needs tensorboard."""
import io
import json
import sys

from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

header = event_pb2.Event(wall_time=1.5, file_version="brain.Event:2")
scalars = event_pb2.Event(wall_time=2.25, step=300)
scalars.summary.value.add(tag="loss/train", simple_value=0.125)
scalars.summary.value.add(tag="accuracy", simple_value=0.75)
records = {}
for name, event in (("header", header), ("scalars", scalars)):
    stream = io.BytesIO()
    RecordWriter(stream).write(event.SerializeToString())
    records[name] = stream.getvalue().hex()
with open(sys.argv[1], "w") as file:
    json.dump({"made_by": "tools/reference/event_records.py", **records}, file, indent=1)
