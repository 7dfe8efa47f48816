"""What log lines are about: a name for each id that journald and ``systemd/hftd.catalog`` know it by.

An id never changes its meaning; 128 random bits, drawn for hftd.
"""

READY = "ca639ae6e2f8c3ac292d2522c2650dbf"  # the daemon has settled its books and is ready
ORDER_SENT = "a67c72fe0081c784dbc258ed8c49b3eb"  # an order left for the venue
FILL = "01d6463f215e6f385ca76d2d5da0a817"  # an order was executed, in part or in whole
REFUSED = "de91c8e6003924a27e699abf4c96cda2"  # a risk check said no to a model's wish
BENCHED = "a6ed5bbb81140a039cfa9eca8e59c7b8"  # a model was taken out of the game
FEED_DOWN = "5556be11b2a558f2eecd2db27a066568"  # a stream is gone
FEED_UP = "a2216d04c02c25b4ec1383b8d17f9ea8"  # a stream is back, or there for the first time
SESSION_OPEN = "d5bd150a5d34dbc47ba88a170e64978c"  # the exchange opened
SESSION_CLOSE = "1761809695638049e5af98bf305c0208"  # the trading day is over
ASLEEP = "e75e8bda966f15f4dabe82a9fc982ccc"  # the daemon waits for the next session
STOPPED = "48c96c92121aa38293e55566d04d660e"  # the daemon stopped on purpose
BAD_CONFIG = "beccb7c412389c41bc287396182cc93c"  # the settings are wrong
UNKNOWN_ORDER = "36ae79673d334567be83402408928975"  # the fate of an order is unknown
KILL_SWITCH = "958e30b1c8a17549764b0649334f6e16"  # the kill switch was thrown or reset
CALENDAR_DIFFERS = "08b12d65a4796d9f72ba120bbc5a73ed"  # two calendars disagree about a day
ENTERED = "cfbc0abad52b4aefb43f05a5eb7131d9"  # a model took its seat while the daemon ran
STANDS = "9993bbe2714e49d4bc49a4e2d0747844"  # a model stands otherwise: active, in the shadow, retired
NOT_TAKEN = "6ed81610bbef4789ba8882aa25956aa5"  # a plugin file changed and its new version does not play
RELOADED = "b4185637e0d144d884adef7ecb4d731a"  # settings and plugins were read again, and taken
NOT_RELOADED = "0806a69c354745e395ccf85b1ef9d222"  # they were read again, and something in them is wrong
CLOCK = "d045ffb6e9257cca21954afc0433dcb9"  # two clocks differ by more than is allowed, or agree again
