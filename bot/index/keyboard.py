"""The two-set Korean keyboard: which keys write a Hangul text, and what Hangul a row of keys writes.

Whoever forgets the 한/영 key types "dusck" for 연차 or "페ㅜ" for vpn. Keys are named by their Latin letters,
a capital where shift matters to Korean ("R" for ㄲ); in keys, a slip of the finger is one letter.
"""

from __future__ import annotations

_FIRST = 0xAC00
_LAST = 0xD7A3
_VOWELS = 21
_FINALS = 28

_INITIAL_KEYS = "r R s e E f a q Q t T d w W c z x v g"
_VOWEL_KEYS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_FINAL_KEYS = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
# the letters by themselves, in the order of Unicode from ㄱ to ㅣ
_LETTER_KEYS = f"r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g {_VOWEL_KEYS}"

_INITIALS = {keys: place for place, keys in enumerate(_INITIAL_KEYS.split())}
_MIDDLES = {keys: place for place, keys in enumerate(_VOWEL_KEYS.split())}
_ENDS = {keys: place for place, keys in enumerate(_FINAL_KEYS.split(), start=1)}
_LETTERS = {chr(0x3131 + place): keys for place, keys in enumerate(_LETTER_KEYS.split())}
_SHOWN = {keys: letter for letter, keys in _LETTERS.items()}
_OF_INITIAL, _OF_VOWEL, _OF_FINAL = tuple(_INITIALS), tuple(_MIDDLES), ("", *_ENDS)


def keys_of(text: str) -> str:
    """The keys that write `text` in Korean mode; what no Korean key writes stays: "연차" -> "dusck"."""
    return "".join(map(_keys_of_one, text))


def hangul_of(keys: str) -> str:
    """What `keys` write in Korean mode: "dusck" -> "연차". Letters that join to no syllable stand alone."""
    # Shift changes nothing on most keys: "A" writes ㅁ as "a" does.
    keys = "".join(key if key in _SHOWN else key.lower() for key in keys)
    written: list[str] = []
    at = 0
    while at < len(keys):
        if keys[at] in _INITIALS and at + 1 < len(keys) and keys[at + 1] in _MIDDLES:
            syllable, at = _syllable(keys, at)
            written.append(syllable)
        else:
            letter = keys[at : at + 2] if keys[at : at + 2] in _MIDDLES else keys[at]
            written.append(_SHOWN.get(letter, letter))
            at += len(letter)
    return "".join(written)


def is_whole(hangul: str) -> bool:
    """Whether it is syllables and nothing else, so that somebody may have meant it."""
    return bool(hangul) and all(_FIRST <= ord(letter) <= _LAST for letter in hangul)


def _keys_of_one(letter: str) -> str:
    place = ord(letter) - _FIRST
    if not 0 <= place <= _LAST - _FIRST:
        return _LETTERS.get(letter, letter)
    initial, rest = divmod(place, _VOWELS * _FINALS)
    vowel, final = divmod(rest, _FINALS)
    return _OF_INITIAL[initial] + _OF_VOWEL[vowel] + _OF_FINAL[final]


def _syllable(keys: str, at: int) -> tuple[str, int]:
    """The syllable that begins at `at`, and where the next one begins."""
    initial = _INITIALS[keys[at]]
    at += 1
    length = 2 if keys[at : at + 2] in _MIDDLES else 1
    vowel = _MIDDLES[keys[at : at + length]]
    at += length
    final = 0
    for length in (2, 1):
        end = keys[at : at + length]
        # a consonant before a vowel opens the next syllable: "gbrk" is 휴가, not 휵ㅏ
        if len(end) == length and end in _ENDS and keys[at + length : at + length + 1] not in _MIDDLES:
            final = _ENDS[end]
            at += length
            break
        if length == 2 and len(end) == 2 and end in _ENDS and end[0] in _ENDS:
            final = _ENDS[end[0]]  # 값이 written on: the second consonant moves over
            at += 1
            break
    return chr(_FIRST + (initial * _VOWELS + vowel) * _FINALS + final), at
