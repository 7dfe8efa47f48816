/* Trades and quotes of Alpaca's stock stream v2 out of JSON frames. The bounds are those of hftd.venues.alpaca.wire.
 *
 * Only the form the venue sends every day: no spaces, no escapes, no key unknown or twice, nothing but trades and
 * quotes, every figure within its bounds. Anything else is no error here: msgspec judges the whole frame. */
#include "json.h"
#include "kept.h"
#include "wire.h"

#define LARGEST 9007199254740992 /* 2^53 */

/* Where so few are heeded, one look into a sieve that stays in the nearest cache tells of most others: no str is made
 * or found for their symbols. */
#define SIEVE 1024
#define FEW 16

enum { TYPE = 1, SYMBOL = 2, TIME = 4, TAPE = 8, CONDITION = 16, ID = 32, EXCHANGE = 64, PRICE = 128, SIZE = 256,
       BID_EXCHANGE = 512, BID = 1024, BID_SIZE = 2048, ASK_EXCHANGE = 4096, ASK = 8192, ASK_SIZE = 16384 };

#define BOTH (TYPE | SYMBOL | TIME)
#define PERHAPS (TAPE | CONDITION)
#define TRADE (BOTH | PRICE | SIZE)
#define QUOTE (BOTH | BID | BID_SIZE | ASK | ASK_SIZE)

struct tick {
    int keys; /* those that were there; the others' fields mean nothing */
    struct text type, symbol, tape, exchange, bid_exchange, ask_exchange;
    PyObject *conditions; /* borrowed */
    int64_t ts, id, size, bid_size, ask_size;
    double price, bid, ask;
};

/* What is made of ticks. */
struct makings {
    PyObject *trade, *quote; /* classes */
    int64_t seen;            /* our clock; 0: ticks are seen at their own time */
    PyObject *when;          /* the same for Python */
    PyObject *heeded;        /* a dict by symbol: prints of others are counted, not made; NULL: none are others */
    int sifts;               /* whether the sieve holds a bit for each of them */
    uint64_t sieve[SIEVE / 64];
    PyObject *others;        /* the class of such counts */
    PyObject *events;        /* the list they are appended to */
    long long count, last;   /* others that are not among the events yet, and when the last of them was seen */
};

static int key_of(const char **at)
{
    const char *key = *at + 1;
    int length = key[-1] != '"' || !key[0] || key[0] == '"' || !key[1] ? 0 : key[1] == '"' ? 1 : key[2] == '"' ? 2 : 0;
    if (!length || key[length + 1] != ':')
        return 0;
    *at = key + length + 2;
    switch (length == 1 ? key[0] : key[0] << 8 | key[1]) {
    case 'T': return TYPE;
    case 'S': return SYMBOL;
    case 'i': return ID;
    case 'x': return EXCHANGE;
    case 'p': return PRICE;
    case 's': return SIZE;
    case 't': return TIME;
    case 'c': return CONDITION;
    case 'z': return TAPE;
    case 'b' << 8 | 'x': return BID_EXCHANGE;
    case 'b' << 8 | 'p': return BID;
    case 'b' << 8 | 's': return BID_SIZE;
    case 'a' << 8 | 'x': return ASK_EXCHANGE;
    case 'a' << 8 | 'p': return ASK;
    case 'a' << 8 | 's': return ASK_SIZE;
    default: return 0;
    }
}

static int value(const char **at, int key, struct tick *tick)
{
    switch (key) {
    case TYPE: return json_text(at, &tick->type);
    case SYMBOL: return json_text(at, &tick->symbol);
    case TIME: return json_time(at, &tick->ts);
    case TAPE: return json_text(at, &tick->tape);
    case CONDITION: return (tick->conditions = kept_tuple(at)) != NULL;
    case ID: return json_whole(at, &tick->id);
    case EXCHANGE: return json_text(at, &tick->exchange);
    case PRICE: return json_decimal(at, &tick->price);
    case SIZE: return json_whole(at, &tick->size);
    case BID_EXCHANGE: return json_text(at, &tick->bid_exchange);
    case BID: return json_decimal(at, &tick->bid);
    case BID_SIZE: return json_whole(at, &tick->bid_size);
    case ASK_EXCHANGE: return json_text(at, &tick->ask_exchange);
    case ASK: return json_decimal(at, &tick->ask);
    case ASK_SIZE: return json_whole(at, &tick->ask_size);
    default: return 0;
    }
}

static int object(const char **at, struct tick *tick)
{
    tick->keys = 0;
    if (!json_is(at, '{'))
        return 0;
    do {
        int key = key_of(at);
        if (!key || tick->keys & key || !value(at, key, tick))
            return 0;
        tick->keys |= key;
    } while (json_is(at, ','));
    return json_is(at, '}') && tick->keys & TYPE && tick->type.length == 1 && tick->keys & SYMBOL &&
           tick->symbol.length && tick->symbol.length <= 32;
}

static int is_trade(const struct tick *tick)
{
    return *tick->type.start == 't' && (tick->keys & TRADE) == TRADE &&
           !(tick->keys & ~(TRADE | PERHAPS | EXCHANGE | ID)) &&
           tick->price > 0 && tick->price < 1e7 && tick->size >= 1 && tick->size < LARGEST;
}

static int is_quote(const struct tick *tick)
{
    return *tick->type.start == 'q' && (tick->keys & QUOTE) == QUOTE &&
           !(tick->keys & ~(QUOTE | PERHAPS | BID_EXCHANGE | ASK_EXCHANGE)) && tick->bid < 1e7 && tick->ask < 1e7 &&
           tick->bid_size < LARGEST && tick->ask_size < LARGEST && !(tick->bid > tick->ask && tick->ask > 0);
}

/* A field that may be lacking: its letters, or none. */
static PyObject *perhaps(const struct tick *tick, int key, struct text text)
{
    if (tick->keys & key && text.length == 1)
        return PyUnicode_FromOrdinal(*text.start); /* one of those Python keeps */
    return PyUnicode_FromStringAndSize(tick->keys & key ? text.start : "", tick->keys & key ? text.length : 0);
}

static PyObject *letters(const struct tick *tick)
{
    return tick->keys & CONDITION ? Py_NewRef(tick->conditions) : PyTuple_New(0);
}

/* Call `type` with `count` fields, which are given away; NULL among them is an exception that is set already. */
static PyObject *make(PyObject *type, PyObject **fields, size_t count)
{
    int whole = 1;
    for (size_t place = 0; place < count; place++)
        whole = whole && fields[place] != NULL;
    PyObject *made = whole ? PyObject_Vectorcall(type, fields, count, NULL) : NULL;
    for (size_t place = 0; place < count; place++)
        Py_XDECREF(fields[place]);
    return made;
}

static PyObject *event(const struct makings *into, const struct tick *tick, PyObject *symbol)
{
    PyObject *ts = PyLong_FromLongLong(tick->ts), *when = Py_XNewRef(into->seen ? into->when : ts);
    if (tick->keys & PRICE) {
        PyObject *fields[] = {
            Py_NewRef(symbol), PyFloat_FromDouble(tick->price), PyLong_FromLongLong(tick->size), ts, when,
            letters(tick), perhaps(tick, EXCHANGE, tick->exchange), perhaps(tick, TAPE, tick->tape),
            PyLong_FromLongLong(tick->keys & ID ? tick->id : 0),
        };
        return make(into->trade, fields, sizeof fields / sizeof *fields);
    }
    PyObject *fields[] = {
        Py_NewRef(symbol), PyFloat_FromDouble(tick->bid), PyLong_FromLongLong(tick->bid_size),
        PyFloat_FromDouble(tick->ask), PyLong_FromLongLong(tick->ask_size), ts, when, letters(tick),
        perhaps(tick, BID_EXCHANGE, tick->bid_exchange), perhaps(tick, ASK_EXCHANGE, tick->ask_exchange),
        perhaps(tick, TAPE, tick->tape),
    };
    return make(into->quote, fields, sizeof fields / sizeof *fields);
}

/* Append an event that is given away; 0, or -1 and an exception. */
static int append(struct makings *into, PyObject *made)
{
    int failed = made == NULL || PyList_Append(into->events, made);
    Py_XDECREF(made);
    return failed ? -1 : 0;
}

/* Append the count of others so far, if there were any; 0, or -1 and an exception. */
static int tell_others(struct makings *into)
{
    if (!into->count)
        return 0;
    PyObject *fields[] = {PyLong_FromLongLong(into->count), PyLong_FromLongLong(into->last)};
    into->count = into->last = 0;
    return append(into, make(into->others, fields, 2));
}

/* Make the sieve, where there is one; 0, or -1 and an exception. */
static int sift(struct makings *into)
{
    PyObject *symbol, *line;
    if (PyDict_GET_SIZE(into->heeded) > FEW)
        return 0;
    for (Py_ssize_t place = 0; PyDict_Next(into->heeded, &place, &symbol, &line);) {
        Py_ssize_t length = 0;
        const char *letters = PyUnicode_Check(symbol) ? PyUnicode_AsUTF8AndSize(symbol, &length) : "";
        if (letters == NULL)
            return -1;
        uint32_t hole = text_hash(letters, (int)length) % SIEVE;
        into->sieve[hole / 64] |= 1ull << hole % 64;
    }
    into->sifts = 1;
    return 0;
}

/* Whether nobody can heed this symbol. */
static int falls_through(const struct makings *into, struct text symbol)
{
    uint32_t hole = text_hash(symbol.start, symbol.length) % SIEVE;
    return !(into->sieve[hole / 64] >> hole % 64 & 1);
}

static int count_other(struct makings *into, const struct tick *tick)
{
    long long seen = into->seen ? into->seen : tick->ts;
    into->last = seen > into->last ? seen : into->last;
    into->count++;
    return 0;
}

static int take_tick(struct makings *into, const struct tick *tick)
{
    if (into->sifts && tick->keys & PRICE && falls_through(into, tick->symbol))
        return count_other(into, tick);
    PyObject *symbol = kept_str(tick->symbol);
    int heeded = symbol == NULL ? -1 : 1;
    if (symbol != NULL && into->heeded != NULL && tick->keys & PRICE)
        heeded = PyDict_Contains(into->heeded, symbol);
    if (heeded < 0)
        return -1;
    if (heeded)
        return tell_others(into) || append(into, event(into, tick, symbol)) ? -1 : 0;
    return count_other(into, tick);
}

/* Append every event of the frame; 1, or 0 and none of them where the frame is unusual, or -1 and an exception. */
static int take(struct makings *into, PyObject *frame)
{
    const char *at = PyBytes_AS_STRING(frame), *end = at + PyBytes_GET_SIZE(frame);
    Py_ssize_t before = PyList_GET_SIZE(into->events);
    int usual = json_is(&at, '[');
    struct tick tick = {0};
    do {
        usual = usual && object(&at, &tick) && (is_trade(&tick) || is_quote(&tick));
        if (usual && take_tick(into, &tick))
            return -1;
    } while (usual && json_is(&at, ','));
    if (usual && json_is(&at, ']') && at == end)
        return tell_others(into) ? -1 : 1;
    into->count = into->last = 0;
    return PyErr_Occurred() || PyList_SetSlice(into->events, before, PyList_GET_SIZE(into->events), NULL) ? -1 : 0;
}

/* The events, or None where the frame is unusual. */
static PyObject *one(struct makings *into, PyObject *frame)
{
    switch (take(into, frame)) {
    case 1: return Py_NewRef(into->events);
    case 0: Py_RETURN_NONE;
    default: return NULL;
    }
}

PyObject *wire_ticks(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 4 || !PyBytes_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "ticks() takes bytes, a time and the two classes");
        return NULL;
    }
    struct makings into = {.seen = PyLong_AsLongLong(given[1]), .when = given[1], .trade = given[2], .quote = given[3]};
    if ((into.seen == -1 && PyErr_Occurred()) || (into.events = PyList_New(0)) == NULL)
        return NULL;
    PyObject *found = one(&into, given[0]);
    Py_DECREF(into.events);
    return found;
}

/* Take frame after frame until one is unusual; how many events there were after each, or NULL and an exception. */
static PyObject *many(struct makings *into, PyObject *frames)
{
    PyObject *ends = PyList_New(0);
    for (Py_ssize_t place = 0; ends != NULL && place < PyList_GET_SIZE(frames); place++) {
        PyObject *frame = PyList_GET_ITEM(frames, place);
        int taken = PyBytes_Check(frame) ? take(into, frame) : 0;
        if (!taken)
            break;
        PyObject *end = taken < 0 ? NULL : PyLong_FromSsize_t(PyList_GET_SIZE(into->events));
        if (end == NULL || PyList_Append(ends, end))
            Py_CLEAR(ends);
        Py_XDECREF(end);
    }
    return ends;
}

PyObject *wire_stretch(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 6 || !PyList_Check(given[3]) || !PyDict_Check(given[5])) {
        PyErr_SetString(PyExc_TypeError, "stretch() takes three classes, a list of frames, a time and a dict");
        return NULL;
    }
    struct makings into = {.seen = PyLong_AsLongLong(given[4]), .when = given[4], .trade = given[0], .quote = given[1],
                           .others = given[2], .heeded = given[5]};
    if ((into.seen == -1 && PyErr_Occurred()) || (PyList_GET_SIZE(given[3]) > 1 && sift(&into) < 0) ||
        (into.events = PyList_New(0)) == NULL)
        return NULL;
    PyObject *ends = many(&into, given[3]);
    PyObject *both = ends == NULL ? NULL : PyTuple_Pack(2, into.events, ends);
    Py_DECREF(into.events);
    Py_XDECREF(ends);
    return both;
}
