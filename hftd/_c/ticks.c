/* Trades and quotes of Alpaca's stock stream v2 out of a JSON frame. The bounds are those of hftd.venues.alpaca.wire.
 *
 * Only the form the venue sends every day: no spaces, no escapes, no key unknown or twice, nothing but trades and
 * quotes, every figure within its bounds. Anything else is no error here: msgspec judges the whole frame. */
#include "json.h"
#include "wire.h"

#include <string.h>

#define CONDITIONS 8
#define LARGEST 9007199254740992 /* 2^53 */

enum { TYPE = 1, SYMBOL = 2, TIME = 4, TAPE = 8, CONDITION = 16, ID = 32, EXCHANGE = 64, PRICE = 128, SIZE = 256,
       BID_EXCHANGE = 512, BID = 1024, BID_SIZE = 2048, ASK_EXCHANGE = 4096, ASK = 8192, ASK_SIZE = 16384 };

#define BOTH (TYPE | SYMBOL | TIME)
#define PERHAPS (TAPE | CONDITION)
#define TRADE (BOTH | PRICE | SIZE)
#define QUOTE (BOTH | BID | BID_SIZE | ASK | ASK_SIZE)

struct tick {
    int keys; /* those that were there */
    struct text type, symbol, tape, exchange, bid_exchange, ask_exchange, condition[CONDITIONS];
    int conditions;
    int64_t ts, id, size, bid_size, ask_size;
    double price, bid, ask;
};

static int named(struct text text, const char *name)
{
    return (size_t)text.length == strlen(name) && !memcmp(text.start, name, (size_t)text.length);
}

static int key_of(struct text key)
{
    if (key.length != 1 && key.length != 2)
        return 0;
    switch (key.length == 1 ? key.start[0] : key.start[0] << 8 | key.start[1]) {
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

static int conditions(const char **at, struct tick *tick)
{
    if (!json_is(at, '['))
        return 0;
    if (json_is(at, ']'))
        return 1;
    do {
        if (tick->conditions == CONDITIONS || !json_text(at, &tick->condition[tick->conditions++]))
            return 0;
    } while (json_is(at, ','));
    return json_is(at, ']');
}

static int value(const char **at, int key, struct tick *tick)
{
    struct text time;
    switch (key) {
    case TYPE: return json_text(at, &tick->type);
    case SYMBOL: return json_text(at, &tick->symbol);
    case TIME: return json_text(at, &time) && rfc3339_ns(time, &tick->ts);
    case TAPE: return json_text(at, &tick->tape);
    case CONDITION: return conditions(at, tick);
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
    if (!json_is(at, '{'))
        return 0;
    do {
        struct text name;
        int key = json_text(at, &name) && json_is(at, ':') ? key_of(name) : 0;
        if (!key || tick->keys & key || !value(at, key, tick))
            return 0;
        tick->keys |= key;
    } while (json_is(at, ','));
    return json_is(at, '}');
}

static int is_trade(const struct tick *tick)
{
    return named(tick->type, "t") && (tick->keys & TRADE) == TRADE &&
           !(tick->keys & ~(TRADE | PERHAPS | EXCHANGE | ID)) &&
           tick->price > 0 && tick->price < 1e7 && tick->size >= 1 && tick->size < LARGEST;
}

static int is_quote(const struct tick *tick)
{
    return named(tick->type, "q") && (tick->keys & QUOTE) == QUOTE &&
           !(tick->keys & ~(QUOTE | PERHAPS | BID_EXCHANGE | ASK_EXCHANGE)) && tick->bid < 1e7 && tick->ask < 1e7 &&
           tick->bid_size < LARGEST && tick->ask_size < LARGEST && !(tick->bid > tick->ask && tick->ask > 0);
}

static PyObject *str(struct text text)
{
    return PyUnicode_FromStringAndSize(text.length ? text.start : "", text.length);
}

static PyObject *letters(const struct tick *tick)
{
    PyObject *all = PyTuple_New(tick->conditions);
    for (int place = 0; all != NULL && place < tick->conditions; place++) {
        PyObject *one = str(tick->condition[place]);
        if (one == NULL)
            Py_CLEAR(all);
        else
            PyTuple_SET_ITEM(all, place, one);
    }
    return all;
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

static PyObject *event(const struct tick *tick, long long seen, PyObject *trade, PyObject *quote)
{
    PyObject *ts = PyLong_FromLongLong(tick->ts), *when = PyLong_FromLongLong(seen ? seen : tick->ts);
    if (named(tick->type, "t")) {
        PyObject *fields[] = {
            str(tick->symbol), PyFloat_FromDouble(tick->price), PyLong_FromLongLong(tick->size), ts, when,
            letters(tick), str(tick->exchange), str(tick->tape), PyLong_FromLongLong(tick->id),
        };
        return make(trade, fields, sizeof fields / sizeof *fields);
    }
    PyObject *fields[] = {
        str(tick->symbol), PyFloat_FromDouble(tick->bid), PyLong_FromLongLong(tick->bid_size),
        PyFloat_FromDouble(tick->ask), PyLong_FromLongLong(tick->ask_size), ts, when, letters(tick),
        str(tick->bid_exchange), str(tick->ask_exchange), str(tick->tape),
    };
    return make(quote, fields, sizeof fields / sizeof *fields);
}

/* Append every event of the frame; 1, or 0 where the frame is unusual, or -1 and an exception. */
static int take(PyObject *events, const char *at, const char *end, long long seen, PyObject *trade, PyObject *quote)
{
    if (!json_is(&at, '['))
        return 0;
    do {
        struct tick tick = {0};
        if (!object(&at, &tick) || !(is_trade(&tick) || is_quote(&tick)))
            return 0;
        if (!tick.symbol.length || tick.symbol.length > 32)
            return 0;
        PyObject *made = event(&tick, seen, trade, quote);
        if (made == NULL)
            return -1;
        int failed = PyList_Append(events, made);
        Py_DECREF(made);
        if (failed)
            return -1;
    } while (json_is(&at, ','));
    return json_is(&at, ']') && at == end;
}

PyObject *wire_ticks(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 4 || !PyBytes_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "ticks() takes bytes, a time and the two classes");
        return NULL;
    }
    long long seen = PyLong_AsLongLong(given[1]);
    if (seen == -1 && PyErr_Occurred())
        return NULL;
    PyObject *events = PyList_New(0);
    if (events == NULL)
        return NULL;
    const char *frame = PyBytes_AS_STRING(given[0]);
    int read_all = take(events, frame, frame + PyBytes_GET_SIZE(given[0]), seen, given[2], given[3]);
    if (read_all > 0)
        return events;
    Py_DECREF(events);
    if (read_all < 0)
        return NULL;
    Py_RETURN_NONE;
}
