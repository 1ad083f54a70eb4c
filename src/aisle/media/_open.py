"""Files and addresses opened with libav; every reason for which one cannot be used is told in one line."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from aisle.core import InputError
from aisle.core.address import is_address, without_password
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.series import read_series, series_folder

_TIMEOUTS = (15.0, 30.0)  # seconds to answer, and between two packets, before an address counts as dead
_MOST_FAILURES = 32  # packets in a row that cannot be read before the rest of a file counts as lost

_CODECS = "H.264, H.265, AV1, VP8, VP9, MPEG-2, MPEG-4, Motion JPEG and most others"
_NAME_A_VIDEO = "name a video file, or copy it again if it should be one"
_CONTAINERS = "MP4, MOV, MKV, WebM, AVI, MPEG-TS, FLV and most others"

# What a local file may be. Others make libav open further files or addresses that they name (HLS, concat, DASH, SDP),
# run programs of their own (lavfi, AviSynth), or stand for devices.
_FORMATS = (
    "mov,matroska,avi,mpegts,mpegtsraw,mpeg,mpegvideo,flv,live_flv,kux,asf,asf_o,ogg,nut,mxf,gxf,wtv,nsv,nuv,rm,pva",
    "dv,dhav,ifv,luodat,lmlm4,mods,ty,ivf,ivr,yuv4mpegpipe,gif,apng,webp,amv,roq,smjpeg,mjpeg,mpjpeg,mjpeg_2000",
    "h261,h263,h264,hevc,vvc,evc,av1,obu,m4v,vc1,vc1test,dirac,dnxhd,cavsvideo,avs2,avs3",
    "bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,gif_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,jpegxl_anim",
    "image2,pam_pipe,pbm_pipe,pcx_pipe,pgm_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,sgi_pipe,tiff_pipe,webp_pipe",
    "aac,ac3,eac3,aiff,amr,ape,au,caf,dts,flac,mp3,truehd,tta,w64,wav,wv",  # to be told that it is sound
    "ass,srt,webvtt,tty",  # to be told that it is text
)


def open_container(path: str | Path, limits: Limits = UNLIMITED) -> InputContainer:
    """The opened file, or the address such as rtsp://camera/1, from which nothing else is opened but by an address.

    Raises InputError if it cannot be opened, or for more streams than are allowed.
    """
    container = _open_address(str(path), limits) if is_address(path) else _open_local(Path(path), limits)
    found = len(container.streams)
    if limits.streams is not None and found > limits.streams:
        container.close()
        raise InputError(
            "the file has more streams than are allowed",
            got=f"{without_password(path)}: {found}",
            allowed=f"at most {limits.streams}",
            do="copy the pictures and the sound alone into a new file",
        )
    return container


def picture_stream(container: InputContainer, path: str | Path) -> VideoStream:
    """The first stream of moving pictures. Raises InputError if there is none, or none that can be decoded."""
    pictures = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not pictures:
        held = (
            "sound and a cover picture" if container.streams.video else "sound" if container.streams.audio else "none"
        )
        raise InputError(
            "the file has no pictures to analyse",
            got=f"{without_password(path)}: {held}",
            allowed="a video stream",
            do="name the recording that holds the pictures",
        )
    codec: object = pictures[0].codec_context  # None without a decoder, whatever the stubs say
    if codec is None:
        raise InputError(
            "the codec of the pictures is unknown",
            got=without_password(path),
            allowed=_CODECS,
            do="convert it to H.264 first",
        )
    return pictures[0]


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """Packets of `streams` (all if none are named) up to the end, past those that cannot be read."""
    failures = 0
    while failures < _MOST_FAILURES:
        try:
            for packet in container.demux(*streams):
                failures = 0
                if packet.size:  # the empty ones at the end only ask the decoders for what they still hold
                    yield packet
        except FFmpegError:
            failures += 1
        else:
            return


def _open_local(path: Path, limits: Limits) -> InputContainer:
    return _open_file(path, limits) if series_folder(path) is None else _open_series(path, limits)


def _open_series(path: Path, limits: Limits) -> InputContainer:
    """Numbered pictures in a folder, by the name of aisle.media.series."""
    series = read_series(path)
    how = {"framerate": str(series.rate), "start_number": str(series.first), "pattern_type": "sequence"}
    try:
        return av.open(
            f"file:{series.pattern}",
            format="image2",
            options=decoder_options(limits),
            container_options={"protocol_whitelist": "file", **how},
        )
    except FFmpegError as error:
        raise _not_a_video(series.files[0], error) from error


def _open_file(file: Path, limits: Limits) -> InputContainer:
    _check_file(file)
    only = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(_FORMATS),
        "pattern_type": "none",  # a still named shelf%d.jpg is one file, not a series
    }
    try:
        # With "file:" in front a colon in the name (12:30.mp4) is not taken for a protocol.
        container = av.open(
            f"file:{file}",
            metadata_errors="replace",
            options=decoder_options(limits),
            container_options=only | _demuxer_options(limits),
        )
    except FFmpegError as error:
        raise _not_a_video(file, error) from error
    if container.format.name == "tty":  # libav draws text files as if on a terminal
        container.close()
        raise InputError("this is not a video", got=f"{file}: text", allowed=_CONTAINERS, do=_NAME_A_VIDEO)
    return container


def decoder_options(limits: Limits) -> dict[str, str]:
    """What keeps a decoder of libav within `limits`, said before it sees a packet."""
    return {} if limits.pixels is None else {"max_pixels": str(limits.pixels)}


def _demuxer_options(limits: Limits) -> dict[str, str]:
    return {} if limits.streams is None else {"max_streams": str(limits.streams + 1)}  # one more, to be told of it


def _open_address(address: str, limits: Limits) -> InputContainer:
    try:
        return av.open(
            address,
            metadata_errors="replace",
            timeout=_TIMEOUTS,
            options=decoder_options(limits),
            container_options=_demuxer_options(limits),
        )
    except FFmpegError as error:
        raise InputError(
            "the address cannot be opened",
            got=f"{without_password(address)}: {error.strerror}",
            do="check the address, the network and the camera's user and password",
        ) from error


def _check_file(file: Path) -> None:
    if file.is_dir():
        do = "name the files in it; of numbered pictures say their rate, as in FOLDER@25"
        raise InputError("a folder is not a video", got=file, allowed="a video file", do=do)
    try:
        size = file.stat().st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("there is no such file", got=f"{file}: {reason}", do="check the path") from error
    if file.is_file() and size == 0:
        raise InputError("the file is empty", got=file, allowed="a video file", do="copy or record it again")


def _not_a_video(file: Path, error: FFmpegError) -> InputError:
    whole = dict(_boxes(file)) if file.is_file() else {}
    if {b"ftyp", b"mdat"} & whole.keys() and not whole.get(b"moov"):
        return InputError(
            "the video is cut off: its index (moov) is missing or incomplete",
            got=file,
            allowed="a complete MP4 or MOV file",
            do="copy or download it again; a recording that was cut off needs a repair tool such as untrunc",
        )
    # What libav says of a format that it knows and may not read, among other things.
    reason = "a playlist, or in a format that is not read" if error.errno == errno.EINVAL else error.strerror
    got = f"{file}: {reason}"
    return InputError("this is not a video that can be read", got=got, allowed=_CONTAINERS, do=_NAME_A_VIDEO)


def _boxes(file: Path) -> Iterator[tuple[bytes, bool]]:
    """The top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2) by name, and whether each ends within the file.

    Of other files, nonsense that ends soon.
    """
    size_of_file = file.stat().st_size
    with file.open("rb") as stream:
        while len(header := stream.read(8)) == 8:
            size, name = struct.unpack(">I4s", header)
            rest = size - 8 if size != 1 else int.from_bytes(stream.read(8), "big") - 16
            yield name, stream.tell() + rest <= size_of_file
            if rest < 0:
                return
            stream.seek(rest, 1)
