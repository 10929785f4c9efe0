"""app/reading/ocr.py — reads page pictures with RapidOCR (PP-OCRv6 models from its wheel) in the OCR child.

Only arrays go in, and RapidOCR is given sessions that are already open: otherwise it fetches addresses and models by itself.
One page at a time; not thread-safe. A page that lies on its side or stands on its head is turned first: most of
its text boxes are then tall, or the line classifier says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import rapidocr
from omegaconf import flag_override
from rapidocr.main import RapidOCR, RapidOCRError

from app.reading.order import Spot, ordered, slope
from app.reading.sheet import clean
from app.reading.wire import Line

MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
# Measured on A4 pages at 200 dpi, clean, noisy, skewed and in small type: finding lines on 1024 pixels instead of 2339 takes
# a fifth of the time with no more errors, because lines are still cut from the full page; line by line instead of six
# padded to one width takes less time and 600 MB instead of 1.2 GB.
FIND_SIDE = 1024
SMALL_SIDE = 800                 # a picture smaller than this is doubled first
SAMPLE = 12                      # lines looked at to learn which way up the page is
LEAST_SCORE = 0.5
NARROW = re.compile(r"(?<=[\u3400-\u9fff\u3000-\u303f\uff00-\uffef])[,:;?!]")


@dataclass(frozen=True, slots=True)
class Recognition:
    """Lines on the page after turning it `turn` degrees anticlockwise."""

    lines: Sequence[Line]
    confidence: float
    turn: int


class Recogniser:
    """The loaded models."""

    def __init__(self, threads: int | None = None) -> None:
        onnxruntime.disable_telemetry_events()
        cv2.setNumThreads(1)
        self._engine = RapidOCR(params={
            "Global.log_level": "critical",
            "Global.use_vertical_padding": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": FIND_SIDE,
            "Rec.rec_batch_num": 1,
        })
        folder = Path(rapidocr.__file__).parent / "models"
        with flag_override(self._engine.cfg, "allow_objects", True):
            for role, model in MODELS.items():
                self._engine.cfg[role].session = _session(folder / model, threads or min(os.cpu_count() or 1, 4))

    def read(self, pixels: np.ndarray) -> Recognition:
        """`pixels`: rows, columns, and one (grey) or three (RGB) bytes each."""
        page = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR if pixels.ndim == 2 else cv2.COLOR_RGB2BGR)
        if max(page.shape[:2]) < SMALL_SIDE:
            page = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        boxes, crops = self._find(page)
        if not boxes:
            return Recognition((), 1.0, 0)
        turn = self._turn(page, boxes, crops)
        if turn:
            page = np.ascontiguousarray(np.rot90(page, turn // 90))
            boxes, crops = self._find(page)
            if not boxes:
                return Recognition((), 0.0, turn)
        found = self._engine.recognize_txt(crops)
        assert found.txts is not None
        height, width = page.shape[:2]
        lean = slope(boxes)
        spots, scores = [], []
        for box, text, score in zip(boxes, found.txts, found.scores, strict=True):
            text = punctuated(clean(text).strip())
            if not text or score < LEAST_SCORE:
                continue
            left, top = (float(value) for value in box.min(axis=0))
            right, bottom = (float(value) for value in box.max(axis=0))
            line = Line(text, left / width, top / height, (right - left) / width, (bottom - top) / height)
            middle = (top + bottom) / 2 - lean * (left + right) / 2
            spots.append(Spot(line, left, right, middle, (bottom - top) - abs(lean) * (right - left)))
            scores.append((float(score), len(text)))
        total = sum(length for _, length in scores)
        confidence = sum(score * length for score, length in scores) / total if total else 0.0
        return Recognition([spot.line for spot in ordered(spots)], confidence, turn)

    def _find(self, page: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        try:
            crops, found = self._engine.detect_and_crop(page, {})
        except RapidOCRError:
            return [], []
        assert found.boxes is not None
        return [np.asarray(box, dtype=float) for box in found.boxes], crops

    def _turn(self, page: np.ndarray, boxes: Sequence[np.ndarray], crops: Sequence[np.ndarray]) -> int:
        """0, 90, 180 or 270 degrees anticlockwise that set the page upright, judged from its longest lines.

        RapidOCR lays a tall box down by turning it 90 degrees anticlockwise, so its crop is readable when the page lies on
        its right side, and upside down when it lies on its left.
        """
        longest = sorted(range(len(crops)), key=lambda one: -max(crops[one].shape[:2]))[:SAMPLE]
        tall = sum(1 for one in longest if _tall(boxes[one]))
        chosen = [crops[one] for one in longest if _tall(boxes[one]) == (tall * 2 > len(longest))]
        _, verdict = self._engine.cls_and_rotate([crop.copy() for crop in chosen])
        reversed_lines = sum(1 for label, score in verdict.cls_res or () if label == "180" and score > 0.7)
        upside_down = reversed_lines * 2 > len(chosen)
        if tall * 2 <= len(longest):
            return 180 if upside_down else 0
        return 270 if upside_down else 90


def _session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    wishes = onnxruntime.SessionOptions()
    wishes.log_severity_level = 4
    wishes.intra_op_num_threads = threads
    wishes.enable_cpu_mem_arena = False
    # Threads that wait by spinning cost 40 % more processor time, and twice the time when someone works on the same PC.
    wishes.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), wishes, providers=["CPUExecutionProvider"])


def _tall(box: np.ndarray) -> bool:
    width = max(np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[3] - box[2]))
    height = max(np.linalg.norm(box[0] - box[3]), np.linalg.norm(box[1] - box[2]))
    return bool(height >= 1.5 * width)


def punctuated(text: str) -> str:
    """The full-width comma, colon and the like after a Chinese character: the model often gives the narrow one."""
    return NARROW.sub(lambda found: chr(ord(found.group()) + 0xFEE0), text)
