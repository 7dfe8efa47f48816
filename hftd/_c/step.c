/* The way of a print, or of a quote, through the engine where all is as usual: it moves a last price, ends no minute,
 * and whoever hears it has nothing to answer, or answers in Python. Anything else goes the whole way in Python.
 *
 * A Step holds the very objects its twin in Python reads and writes, and remembers no state of its own. */
#include "slots.h"

#include <stddef.h>

enum { SYMBOL, SEEN, TAPE, CONDITIONS, SIZE, TICK_FIELDS };
enum { LAST, QUOTE, LINE_SEEN, UNTIL, LINE_FIELDS };
enum { NOW, PHASE, COUNTS, STATE_FIELDS };

static const char *const TICK[] = {"symbol", "seen", "tape", "conditions", "size"};
static const char *const STATE_OF[] = {"now", "phase", "counts"};
static const char *const LINE[] = {"last", "quote", "seen", "until"};

static PyObject *TRADES, *QUOTES, *OUTSIDE, *OPEN, *CLOSING, *NOTHING;

/* Objects of the engine, in the order they are given. */
enum { IN_PYTHON, HEED, FAIL, OUT, STATE, LINES, KNOWN, ON_TRADE, ON_QUOTE, A_TRADE, A_QUOTE, A_LINE, PARTS };

struct step {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *part[PARTS];
    Py_ssize_t trade[TICK_FIELDS], quote[SEEN + 1], line[LINE_FIELDS], state[STATE_FIELDS];
    struct recalled recalled;
};

/* A model raised: it alone pays for it. */
static int failed(struct step *step, PyObject *seat, PyObject *handler)
{
    PyObject *kind, *error, *trace, *done = NULL;
    PyErr_Fetch(&kind, &error, &trace);
    PyErr_NormalizeException(&kind, &error, &trace);
    if (trace == NULL || PyException_SetTraceback(error, trace) == 0)
        done = PyObject_CallFunctionObjArgs(step->part[FAIL], seat, error, handler, NULL);
    Py_XDECREF(kind);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int heed(struct step *step, PyObject *seat, PyObject *answer, PyObject *handler)
{
    PyObject *done = PyObject_CallFunctionObjArgs(step->part[HEED], seat, answer, handler, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int tell(struct step *step, PyObject *listener, PyObject *event)
{
    PyObject *seat = PyTuple_GET_ITEM(listener, 0), *handler = PyTuple_GET_ITEM(listener, 1);
    PyObject *given[] = {NULL, event}; /* room for the object whose method it is */
    PyObject *answer = PyObject_Vectorcall(handler, given + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (answer == NULL)
        return failed(step, seat, handler);
    int bad = answer == Py_None ? 0 : heed(step, seat, answer, handler);
    Py_DECREF(answer);
    return bad;
}

static int tell_all(struct step *step, PyObject *by_symbol, PyObject *symbol, PyObject *event)
{
    PyObject *listeners = PyDict_GetItemWithError(by_symbol, symbol);
    if (listeners == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(listeners); /* one of them may make it another one */
    int bad = 0;
    for (Py_ssize_t place = 0; !bad && place < PyTuple_GET_SIZE(listeners); place++)
        bad = tell(step, PyTuple_GET_ITEM(listeners, place), event);
    Py_DECREF(listeners);
    return bad;
}

/* Whether models hear the market: 1 or 0, or -1. */
static int listening(PyObject *phase)
{
    if (phase == OPEN)
        return 1;
    int found = PyObject_RichCompareBool(phase, OPEN, Py_EQ);
    return found ? found : PyObject_RichCompareBool(phase, CLOSING, Py_EQ);
}

/* The line of a symbol; NULL where nobody asked for it, or, with `odd` set, where it is not to be understood. */
static PyObject *line_of(struct step *step, PyObject *symbol, int *odd)
{
    PyObject *line = PyDict_GetItemWithError(step->part[LINES], symbol);
    if (line == NULL ? PyErr_Occurred() != NULL : (PyObject *)Py_TYPE(line) != step->part[A_LINE])
        *odd = 1;
    PyErr_Clear();
    return line;
}

/* The rest of a step, once it is known to be as usual: 1, or -1 and an exception. */
static int hear(struct step *step, PyObject *event, PyObject *seen, int later, PyObject *counted, int is_signal)
{
    PyObject *state = step->part[STATE];
    PyObject *phase = held(state, step->state[PHASE]), *counts = held(state, step->state[COUNTS]);
    if (later)
        put(state, step->state[NOW], seen);
    int heard = phase == NULL || counts == NULL || !PyDict_CheckExact(counts) ? -1 : listening(phase);
    if (heard < 0 || count_up(counts, heard ? counted : OUTSIDE) < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "the state has no phase, or no counts");
        return -1;
    }
    if (!heard || !is_signal)
        return 1;
    int of_trades = counted == TRADES;
    PyObject *symbol = held(event, of_trades ? step->trade[SYMBOL] : step->quote[SYMBOL]);
    return tell_all(step, step->part[of_trades ? ON_TRADE : ON_QUOTE], symbol, event) < 0 ? -1 : 1;
}

/* 1 where a print was heard, 0 where it is not as usual and nothing has changed, -1 and an exception. */
static int hear_trade(struct step *step, PyObject *trade)
{
    PyObject *symbol = held(trade, step->trade[SYMBOL]), *seen = held(trade, step->trade[SEEN]);
    long long at, now, until, size;
    if (symbol == NULL || !whole(seen, &at) || !whole(held(trade, step->trade[SIZE]), &size) ||
        !whole(held(step->part[STATE], step->state[NOW]), &now))
        return 0;
    int odd = 0, sets = 0;
    PyObject *line = line_of(step, symbol, &odd);
    if (odd)
        return 0;
    if (line != NULL) {
        sets = sets_last(
            &step->recalled, step->part[KNOWN], held(trade, step->trade[TAPE]), held(trade, step->trade[CONDITIONS]));
        if (sets < 0 || (sets && (!whole(held(line, step->line[UNTIL]), &until) || at >= until)))
            return 0; /* a minute ends, or begins */
        put(line, step->line[LINE_SEEN], seen);
        if (sets)
            put(line, step->line[LAST], trade);
    }
    return hear(step, trade, seen, at > now, TRADES, size > 0);
}

static int hear_quote(struct step *step, PyObject *quote)
{
    PyObject *symbol = held(quote, step->quote[SYMBOL]), *seen = held(quote, step->quote[SEEN]);
    long long at, now;
    if (symbol == NULL || !whole(seen, &at) || !whole(held(step->part[STATE], step->state[NOW]), &now))
        return 0;
    int odd = 0;
    PyObject *line = line_of(step, symbol, &odd);
    if (odd)
        return 0;
    if (line != NULL) {
        put(line, step->line[LINE_SEEN], seen);
        put(line, step->line[QUOTE], quote);
    }
    return hear(step, quote, seen, at > now, QUOTES, 1);
}

static PyObject *take(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct step *step = (struct step *)self;
    if (PyVectorcall_NARGS(count) != 1 || names != NULL) {
        PyErr_SetString(PyExc_TypeError, "step() takes one event");
        return NULL;
    }
    PyObject *event = given[0], *class = (PyObject *)Py_TYPE(event), *out = step->part[OUT];
    int heard = class == step->part[A_TRADE] ? hear_trade(step, event)
              : class == step->part[A_QUOTE] ? hear_quote(step, event) : 0;
    if (heard < 0)
        return NULL;
    if (!heard) {
        PyErr_Clear();
        return PyObject_CallOneArg(step->part[IN_PYTHON], event);
    }
    if (PyList_GET_SIZE(out) == 0)
        return Py_NewRef(NOTHING);
    PyObject *effects = PyList_AsTuple(out);
    if (effects != NULL && PyList_SetSlice(out, 0, PyList_GET_SIZE(out), NULL) < 0)
        Py_CLEAR(effects);
    return effects;
}

static PyObject *step_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    static const int DICTS[] = {LINES, KNOWN, ON_TRADE, ON_QUOTE};
    int sound = PyTuple_GET_SIZE(given) == PARTS && names == NULL && PyList_CheckExact(PyTuple_GET_ITEM(given, OUT));
    for (size_t place = 0; sound && place < sizeof DICTS / sizeof *DICTS; place++)
        sound = PyDict_CheckExact(PyTuple_GET_ITEM(given, DICTS[place]));
    if (!sound) {
        PyErr_SetString(PyExc_TypeError, "Step() takes the parts of an engine, in their order");
        return NULL;
    }
    struct step *step = (struct step *)type->tp_alloc(type, 0);
    if (step == NULL)
        return NULL;
    step->call = take;
    for (int part = 0; part < PARTS; part++)
        step->part[part] = Py_NewRef(PyTuple_GET_ITEM(given, part));
    if (slots_of(step->part[A_TRADE], TICK, TICK_FIELDS, step->trade) < 0 ||
        slots_of(step->part[A_QUOTE], TICK, SEEN + 1, step->quote) < 0 ||
        slots_of(step->part[A_LINE], LINE, LINE_FIELDS, step->line) < 0 ||
        slots_of((PyObject *)Py_TYPE(step->part[STATE]), STATE_OF, STATE_FIELDS, step->state) < 0)
        Py_CLEAR(step);
    return (PyObject *)step;
}

static int step_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (int part = 0; part < PARTS; part++)
        Py_VISIT(((struct step *)self)->part[part]);
    return 0;
}

static int step_clear(PyObject *self)
{
    for (int part = 0; part < PARTS; part++)
        Py_CLEAR(((struct step *)self)->part[part]);
    return 0;
}

static void step_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    step_clear(self);
    forget(&((struct step *)self)->recalled);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject STEP = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Step",
    .tp_doc = PyDoc_STR("An engine's step: prints and quotes as usual here, all else in Python."),
    .tp_basicsize = sizeof(struct step),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct step, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = step_new,
    .tp_traverse = step_traverse,
    .tp_clear = step_clear,
    .tp_dealloc = step_dealloc,
};

int wire_add_step(PyObject *module)
{
    struct { PyObject **word; const char *says; } words[] = {
        {&TRADES, "trades"}, {&QUOTES, "quotes"},
        {&OUTSIDE, "outside"}, {&OPEN, "open"}, {&CLOSING, "closing"},
    };
    for (size_t place = 0; place < sizeof words / sizeof *words; place++)
        if ((*words[place].word = PyUnicode_InternFromString(words[place].says)) == NULL)
            return -1;
    NOTHING = PyTuple_New(0);
    return NOTHING == NULL ? -1 : PyModule_AddType(module, &STEP);
}
