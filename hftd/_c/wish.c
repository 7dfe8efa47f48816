/* The way of a usual wish to its order: an intent for the day that every check is sure to let pass, of a model that may
 * send. What it changes is what Engine._heed would; anything else goes that way. */
#include "account.h"

#include <stddef.h>

#define SECOND 1000000000LL

enum { SEAT_NAME, SEAT_STANDING, SEAT_COUNTS, SEAT_DECIDED, SEAT_FIELDS };

static const char *const SEAT[] = {"name", "standing", "counts", "decided"};

/* What it is made of, in the order they are given: the twin, who knows whether a day is being recalled, who knows the
 * look, where effects gather, what begins an order's id, and classes. */
enum { IN_PYTHON, ENGINE, DESK, OUT, STATE, BEGINNING, A_SEAT, A_DECIMAL, AN_ORDER, A_WORKING, A_SUBMIT, PARTS };

struct heed {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *part[PARTS];
    Py_ssize_t seat[SEAT_FIELDS], at;
    PyObject *day, *run, *beginning; /* of the last id, and what those two made it begin with */
};

static PyObject *ACTIVE, *DAY, *BUY, *SELL, *BUYS, *SELLS, *BUY_INTENTS, *SELL_INTENTS, *ORDERS;
static PyObject *RECALLING, *ENOUGH, *APPEND, *POPLEFT;

/* `beginning` and the number in at least six digits: what a format would make of them, without reading one. */
static PyObject *numbered(PyObject *beginning, long long number)
{
    if (!PyUnicode_IS_COMPACT_ASCII(beginning) || number < 0 || number > 999999)
        return PyUnicode_FromFormat("%U%06lld", beginning, number);
    Py_ssize_t length = PyUnicode_GET_LENGTH(beginning);
    PyObject *id = PyUnicode_New(length + 6, 127);
    if (id != NULL) {
        Py_UCS1 *letters = PyUnicode_1BYTE_DATA(id);
        memcpy(letters, PyUnicode_1BYTE_DATA(beginning), length);
        for (int digit = 5; digit >= 0; digit--, number /= 10)
            letters[length + digit] = (Py_UCS1)('0' + number % 10);
    }
    return id;
}

/* The next order's id, hftd.core.orders.order_id. */
static PyObject *order_id(struct heed *heed, PyObject *day, PyObject *run, long long number)
{
    if (heed->day != day || heed->run != run || heed->beginning == NULL) {
        PyObject *given[] = {day, run};
        PyObject *made = PyObject_Vectorcall(heed->part[BEGINNING], given, 2, NULL);
        if (made == NULL || !PyUnicode_Check(made)) {
            Py_XDECREF(made);
            return NULL;
        }
        Py_XSETREF(heed->day, Py_NewRef(day));
        Py_XSETREF(heed->run, Py_NewRef(run));
        Py_XSETREF(heed->beginning, made);
    }
    return numbered(heed->beginning, number);
}

/* Append to a deque, and let go of what is older than `span` nanoseconds before `at`; the time of an entry is itself,
 * or its field at `slot`. */
static int note(PyObject *deque, PyObject *entry, Py_ssize_t slot, long long at, long long span)
{
    PyObject *done = PyObject_CallMethodOneArg(deque, APPEND, entry);
    for (int late = 1; done != NULL && late;) {
        Py_SETREF(done, PySequence_GetItem(deque, 0));
        long long then;
        late = done != NULL && whole(slot ? held(done, slot) : done, &then) && then <= at - span;
        if (late)
            Py_SETREF(done, PyObject_CallMethodNoArgs(deque, POPLEFT));
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* State.send: the order is in the blotter from now on. */
static int enter(struct heed *heed, const struct account *at, PyObject *order, PyObject *id, PyObject *intent,
                 int buying)
{
    PyObject *state = heed->part[STATE], *blotter = held(state, at->state[ST_BLOTTER]), *made = NULL;
    PyObject *symbol = held(intent, at->intent[IN_SYMBOL]), *bounds = held(blotter, at->blotter[BL_BOUND]);
    PyObject *now = held(state, at->state[ST_NOW]);
    long long moment, touched;
    if (!whole(now, &moment) || count_up(held(state, at->state[ST_COUNTS]), ORDERS) < 0 ||
        note(held(state, at->state[ST_PACE]), now, 0, moment, 60 * SECOND) < 0 ||
        note(held(state, at->state[ST_RECENT]), order, heed->at, moment, SECOND) < 0)
        return -1;
    PyObject *working = PyObject_CallOneArg(heed->part[A_WORKING], order);
    int bad = working == NULL ? -1 : PyDict_SetItem(held(blotter, at->blotter[BL_OPEN]), id, working);
    Py_XDECREF(working);
    PyObject *bound = bad ? NULL : PyDict_GetItemWithError(bounds, symbol);
    if (!bad && bound == NULL && !PyErr_Occurred()) {
        bound = made = PyObject_CallNoArgs(at->bound_class);
        bad = made == NULL ? -1 : PyDict_SetItem(bounds, symbol, made);
    }
    if (!bad && bound != NULL) {
        Py_ssize_t side = at->bound[buying ? BD_BUYING : BD_SELLING];
        PyObject *shares = PyNumber_Add(held(bound, side), held(intent, at->intent[IN_SHARES]));
        bad = shares == NULL || !whole(held(bound, at->bound[BD_TOUCHED]), &touched) ? -1 : 0;
        if (!bad)
            put(bound, side, shares);
        if (!bad && moment > touched)
            put(bound, at->bound[BD_TOUCHED], now);
        Py_XDECREF(shares);
    }
    Py_XDECREF(made);
    return bound == NULL ? -1 : bad;
}

/* Count the wish and make it an order: 1, or -1 and an exception. */
static int send(struct heed *heed, const struct account *at, PyObject *seat, PyObject *intent, int buying)
{
    PyObject *state = heed->part[STATE], *counts = held(state, at->state[ST_COUNTS]);
    PyObject *own = held(seat, heed->seat[SEAT_COUNTS]), *now = held(state, at->state[ST_NOW]);
    long long orders, decided;
    if (count_up(own, buying ? BUYS : SELLS) < 0 || !whole(held(seat, heed->seat[SEAT_DECIDED]), &decided))
        return -1;
    PyObject *one_more = PyLong_FromLongLong(decided + 1);
    if (one_more == NULL)
        return -1;
    put(seat, heed->seat[SEAT_DECIDED], one_more);
    Py_DECREF(one_more);
    if (count_up(counts, buying ? BUY_INTENTS : SELL_INTENTS) < 0 || count_up(own, ORDERS) < 0 ||
        !whole(PyDict_GetItemWithError(counts, ORDERS), &orders))
        return -1;
    PyObject *id = order_id(heed, held(state, at->state[ST_DAY]), held(state, at->state[ST_RUN]), orders + 1);
    PyObject *given[] = {
        id, held(seat, heed->seat[SEAT_NAME]), held(intent, at->intent[IN_SYMBOL]), buying ? BUY : SELL,
        held(intent, at->intent[IN_SHARES]), held(intent, at->intent[IN_LIMIT]), DAY, now,
    };
    const size_t fields = sizeof given / sizeof *given;
    PyObject *order = id == NULL ? NULL : PyObject_Vectorcall(heed->part[AN_ORDER], given, fields, NULL);
    int bad = order == NULL ? -1 : enter(heed, at, order, id, intent, buying);
    PyObject *effect = bad ? NULL : PyObject_CallOneArg(heed->part[A_SUBMIT], order);
    bad = effect == NULL ? -1 : PyList_Append(heed->part[OUT], effect);
    Py_XDECREF(id);
    Py_XDECREF(order);
    Py_XDECREF(effect);
    return bad ? -1 : 1;
}

/* The look, where it is all there is to ask and this is the time for orders; borrowed, as the desk keeps it. Else
 * NULL. */
static PyObject *enough(struct heed *heed)
{
    PyObject *recalling = PyObject_GetAttr(heed->part[ENGINE], RECALLING);
    PyObject *glance = recalling == Py_False ? PyObject_GetAttr(heed->part[DESK], ENOUGH) : NULL;
    Py_XDECREF(recalling);
    Py_XDECREF(glance);
    return glance != NULL && is_glance(glance) ? glance : NULL;
}

/* 1 where the wish became an order, 0 where it is not as usual and nothing has changed, -1 and an exception. */
static int usual(struct heed *heed, PyObject *seat, PyObject *answer)
{
    PyObject *state = heed->part[STATE];
    PyObject *glance = (PyObject *)Py_TYPE(seat) == heed->part[A_SEAT] ? enough(heed) : NULL;
    if (glance == NULL)
        return 0;
    const struct account *at = account_of(glance);
    if ((PyObject *)Py_TYPE(answer) != at->intent_class || (PyObject *)Py_TYPE(state) != at->state_class ||
        !says(held(seat, heed->seat[SEAT_STANDING]), ACTIVE))
        return 0;
    PyObject *side = held(answer, at->intent[IN_SIDE]), *limit = held(answer, at->intent[IN_LIMIT]);
    int buying = says(side, BUY);
    if (!PyUnicode_CheckExact(held(answer, at->intent[IN_SYMBOL])) || !(buying || says(side, SELL)) ||
        !says(held(answer, at->intent[IN_TIF]), DAY) ||
        (PyObject *)Py_TYPE(held(answer, at->intent[IN_SHARES])) != heed->part[A_DECIMAL] ||
        !(limit == Py_None || (PyObject *)Py_TYPE(limit) == heed->part[A_DECIMAL]) ||
        look(glance, answer, state) != SURE_OF_ALL)
        return 0;
    return send(heed, at, seat, answer, buying);
}

static PyObject *heed_call(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct heed *heed = (struct heed *)self;
    if (PyVectorcall_NARGS(count) == 3 && names == NULL) {
        int done = usual(heed, given[0], given[1]);
        if (done)
            return done < 0 ? NULL : Py_NewRef(Py_None);
        PyErr_Clear();
    }
    return PyObject_Vectorcall(heed->part[IN_PYTHON], given, count, names);
}

static PyObject *heed_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    static const char *const AT[] = {"at"};
    if (PyTuple_GET_SIZE(given) != PARTS || names != NULL || !PyList_CheckExact(PyTuple_GET_ITEM(given, OUT))) {
        PyErr_SetString(PyExc_TypeError, "Heed() takes the parts of an engine, in their order");
        return NULL;
    }
    struct heed *heed = (struct heed *)type->tp_alloc(type, 0);
    if (heed == NULL)
        return NULL;
    heed->call = heed_call;
    for (int part = 0; part < PARTS; part++)
        heed->part[part] = Py_NewRef(PyTuple_GET_ITEM(given, part));
    if (slots_of(heed->part[A_SEAT], SEAT, SEAT_FIELDS, heed->seat) < 0 ||
        slots_of(heed->part[AN_ORDER], AT, 1, &heed->at) < 0)
        Py_CLEAR(heed);
    return (PyObject *)heed;
}

static int heed_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (int part = 0; part < PARTS; part++)
        Py_VISIT(((struct heed *)self)->part[part]);
    return 0;
}

static int heed_clear(PyObject *self)
{
    struct heed *heed = (struct heed *)self;
    for (int part = 0; part < PARTS; part++)
        Py_CLEAR(heed->part[part]);
    Py_CLEAR(heed->day);
    Py_CLEAR(heed->run);
    Py_CLEAR(heed->beginning);
    return 0;
}

static void heed_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    heed_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject HEED = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Heed",
    .tp_doc = PyDoc_STR("What a model answered: a usual intent becomes an order here, all else in Python."),
    .tp_basicsize = sizeof(struct heed),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct heed, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = heed_new,
    .tp_traverse = heed_traverse,
    .tp_clear = heed_clear,
    .tp_dealloc = heed_dealloc,
};

int wire_add_heed(PyObject *module)
{
    struct { PyObject **word; const char *says; } words[] = {
        {&ACTIVE, "active"}, {&DAY, "day"}, {&BUY, "buy"}, {&SELL, "sell"}, {&BUYS, "buys"}, {&SELLS, "sells"},
        {&BUY_INTENTS, "buy_intents"}, {&SELL_INTENTS, "sell_intents"}, {&ORDERS, "orders"},
        {&RECALLING, "recalling"}, {&ENOUGH, "enough"}, {&APPEND, "append"}, {&POPLEFT, "popleft"},
    };
    for (size_t place = 0; place < sizeof words / sizeof *words; place++)
        if ((*words[place].word = PyUnicode_InternFromString(words[place].says)) == NULL)
            return -1;
    return PyModule_AddType(module, &HEED);
}
