"""Event records written by TensorBoard's own code, and read back by it: makes test/golden/tensorboard.json.

    python event_records.py ../../test/golden/tensorboard.json
    python event_records.py read FOLDER

The second prints what TensorBoard finds in a log folder, a line a value: the check of a log that the project
has written. Needs tensorboard and Pillow.
"""
import io
import json
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.record_writer import RecordWriter


def read(folder):
    log = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0}).Reload()
    lines = [f"{tag} {e.step} {e.value:.6g}" for tag in log.Tags()["scalars"] for e in log.Scalars(tag)]
    for tag in log.Tags()["images"]:
        for e in log.Images(tag):
            picture = Image.open(io.BytesIO(e.encoded_image_string))
            picture.load()
            assert picture.size == (e.width, e.height)
            lines.append(f"{tag} {e.step} {e.width} x {e.height} {picture.mode}")
    return lines


def png(mode, size, color):
    stream = io.BytesIO()
    Image.new(mode, size, color).save(stream, "PNG")
    return stream.getvalue()


def main(path):
    header = event_pb2.Event(wall_time=1.5, file_version="brain.Event:2")
    scalars = event_pb2.Event(wall_time=2.25, step=300)
    scalars.summary.value.add(tag="loss/train", simple_value=0.125)
    scalars.summary.value.add(tag="accuracy", simple_value=0.75)
    images = event_pb2.Event(wall_time=3.5, step=301)
    pngs = {}
    for space, (mode, size, color) in enumerate([("L", (3, 2), 7), ("LA", (1, 1), (7, 9)), ("RGB", (2, 300), (1, 2, 3)),
                                                 ("RGBA", (5, 4), (1, 2, 3, 4))], 1):
        tag = f"maps/{mode}"
        pngs[tag] = png(mode, size, color)
        image = images.summary.value.add(tag=tag).image
        image.height, image.width, image.colorspace, image.encoded_image_string = size[1], size[0], space, pngs[tag]
    records = {}
    with tempfile.TemporaryDirectory() as folder:
        with open(Path(folder) / "events.out.tfevents.1.hrm", "wb") as log:
            for name, event in (("header", header), ("scalars", scalars), ("images", images)):
                stream = io.BytesIO()
                RecordWriter(stream).write(event.SerializeToString())
                log.write(stream.getvalue())
                records[name] = stream.getvalue().hex()
        found = read(folder)
    assert len(found) == 6, found
    with open(path, "w") as file:
        json.dump({"made_by": "tools/reference/event_records.py", **records,
                   "pngs": {tag: data.hex() for tag, data in pngs.items()}}, file, indent=1)


if sys.argv[1] == "read":
    print("\n".join(read(sys.argv[2])))
else:
    main(sys.argv[1])
