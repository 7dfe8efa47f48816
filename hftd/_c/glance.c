/* The look at an intent that most often tells that every check lets it pass; hftd.core.risk.glance says why. Whatever
 * it cannot tell, its twin in Python looks at. */
#include "glance.h"

#include <stddef.h>
#include <stdint.h>

#define SECOND 1000000000LL
#define TRAVEL (5 * SECOND) /* hftd.core.state: an order may take so long */

static PyObject *BUY, *OPEN, *ORDERS;

PyObject *dollars(struct glance *glance, PyObject *price)
{
    if (price == NULL || !PyFloat_CheckExact(price))
        return price == NULL ? NULL : PyObject_CallOneArg(glance->dollars, price);
    double figure = PyFloat_AS_DOUBLE(price);
    uint64_t bits;
    memcpy(&bits, &figure, sizeof bits);
    size_t place = (bits * 0x9E3779B97F4A7C15u) >> 58; /* Fibonacci hashing: KNOWN is two to the sixth */
    if (glance->known[place].dollars == NULL || memcmp(&glance->known[place].price, &figure, sizeof figure) != 0) {
        PyObject *made = PyObject_CallOneArg(glance->dollars, price);
        if (made == NULL)
            return NULL;
        glance->known[place].price = figure;
        Py_XSETREF(glance->known[place].dollars, made);
    }
    return Py_NewRef(glance->known[place].dollars);
}

/* Whether an order left at `count` places from the end of those of late, and after `since`. */
static int too_soon(PyObject *pace, long long count, long long since)
{
    Py_ssize_t sent = PyObject_Size(pace);
    if (sent < count)
        return sent < 0 ? -1 : 0;
    PyObject *then = PySequence_GetItem(pace, sent - (Py_ssize_t)count);
    long long at;
    int known = whole(then, &at);
    Py_XDECREF(then);
    return known ? at > since : -1;
}

/* Whether it is the regular session, or the only one; an order that travels may still come in time. */
static int is_regular(PyObject *regular, long long now)
{
    long long begin, end;
    if (regular == Py_None)
        return 1;
    if (!PyTuple_CheckExact(regular) || PyTuple_GET_SIZE(regular) != 2 ||
        !whole(PyTuple_GET_ITEM(regular, 0), &begin) || !whole(PyTuple_GET_ITEM(regular, 1), &end))
        return -1;
    return begin <= now && now < end - TRAVEL;
}

/* Whether nothing of the moment forbids it: the market, our standing, the pace. */
static int moment_allows(struct glance *glance, PyObject *state, PyObject *symbol, PyObject *line, PyObject *open)
{
    const Py_ssize_t *st = glance->account.state;
    long long now, seen, skew, orders;
    PyObject *counts = held(state, st[ST_COUNTS]), *frozen = held(state, st[ST_FROZEN]);
    PyObject *rejects = held(state, st[ST_REJECTS]), *pace = held(state, st[ST_PACE]);
    if (!PyDict_CheckExact(counts) || !PyDict_CheckExact(frozen) || !PyDict_CheckExact(rejects) ||
        !whole(held(state, st[ST_NOW]), &now) || !whole(held(line, glance->account.line[LN_SEEN]), &seen) ||
        !whole(held(state, st[ST_SKEW]), &skew) || !whole(PyDict_GetItemWithError(counts, ORDERS), &orders))
        return -1;
    if (!seen || now - seen > glance->oldest || held(line, glance->account.line[LN_HALTED]) != Py_False ||
        !says(held(state, st[ST_PHASE]), OPEN) || PyObject_IsTrue(held(state, st[ST_HALTED])) ||
        held(state, st[ST_RECONCILED]) != Py_True || held(state, st[ST_STOPPING]) != Py_False ||
        PyDict_GET_SIZE(frozen) || PyDict_GET_SIZE(rejects) || skew < -glance->skew || skew > glance->skew ||
        orders >= glance->a_day || PyDict_GET_SIZE(open) >= glance->open)
        return 0;
    PyObject *allowed = PySet_GET_SIZE(glance->allowed) ? glance->allowed : held(state, st[ST_SYMBOLS]);
    int known = PySet_Contains(allowed, symbol), regular = is_regular(held(state, st[ST_REGULAR]), now);
    Py_ssize_t recent = PyObject_Size(held(state, st[ST_RECENT]));
    int hurries = too_soon(pace, glance->a_second, now - SECOND);
    int hastes = too_soon(pace, glance->a_minute, now - 60 * SECOND);
    if (known < 0 || regular < 0 || recent < 0 || hurries < 0 || hastes < 0)
        return -1;
    return known && regular && recent < glance->same && !hurries && !hastes;
}

/* Dollars a share at the market, Line.far_side; NULL where it cannot be told. */
static PyObject *far_side(struct glance *glance, PyObject *line, int buying)
{
    const struct account *at = &glance->account;
    PyObject *quote = held(line, at->line[LN_QUOTE]), *last = held(line, at->line[LN_LAST]);
    PyObject *touch = quote == Py_None ? NULL : held(quote, at->quote[buying ? QT_ASK : QT_BID]);
    if (touch == NULL || !PyFloat_CheckExact(touch) || PyFloat_AS_DOUBLE(touch) == 0)
        touch = last == Py_None ? NULL : held(last, at->price);
    return dollars(glance, touch);
}

/* Whether a limit is in cents, and near enough to the last price: 1, 0, -1. */
static int is_near(struct glance *glance, PyObject *line, PyObject *limit)
{
    const struct account *at = &glance->account;
    PyObject *last = held(line, at->line[LN_LAST]);
    if (last == Py_None)
        return -1;
    int fine = held(line, at->line[LN_BAND]) == Py_None ? is(limit, Py_GE, glance->figure[DOLLAR]) : 0;
    if (fine > 0)
        fine = divides(limit, glance->figure[CENT]);
    if (fine <= 0)
        return fine;
    PyObject *allowed = dollars(glance, held(last, at->price)), *away = Py_NewRef(limit);
    into(&away, PyNumber_Subtract, allowed);
    Py_XSETREF(away, away == NULL ? NULL : PyNumber_Absolute(away));
    into(&allowed, PyNumber_Multiply, glance->limit[COLLAR]);
    fine = is(away, Py_LE, allowed);
    Py_XDECREF(allowed);
    Py_XDECREF(away);
    return fine;
}

/* Dollars the whole of it may cost; Py_None where that is not sure, NULL where it cannot be told. */
static PyObject *worth(struct glance *glance, PyObject *intent, PyObject *line, PyObject *shares, int buying)
{
    PyObject *limit = held(intent, glance->account.intent[IN_LIMIT]), *price;
    if (limit == Py_None) {
        price = far_side(glance, line, buying);
    } else {
        int fine = is_near(glance, line, limit);
        if (fine <= 0)
            return fine < 0 ? NULL : Py_NewRef(Py_None);
        price = Py_NewRef(limit);
    }
    into(&price, PyNumber_Multiply, shares);
    return price;
}

/* Whether the order itself is of a usual size, and meets none of our own: 1, 0, -1. */
static int of_usual_size(struct glance *glance, PyObject *shares, PyObject *own, int buying)
{
    const Py_ssize_t *bd = glance->account.bound;
    int fine = is(glance->limit[LEAST], Py_LE, shares);
    if (fine > 0)
        fine = is(shares, Py_LE, glance->limit[MOST]);
    if (fine > 0)
        fine = divides(shares, glance->limit[LOT]);
    if (fine > 0 && own != NULL)
        fine = !PyObject_IsTrue(held(own, bd[BD_UNKNOWN])) &&
               !PyObject_IsTrue(held(own, bd[buying ? BD_SELLING : BD_BUYING]));
    return fine;
}

int look(PyObject *self, PyObject *intent, PyObject *state)
{
    struct glance *glance = (struct glance *)self;
    const struct account *at = &glance->account;
    PyObject *symbol = held(intent, at->intent[IN_SYMBOL]), *shares = held(intent, at->intent[IN_SHARES]);
    PyObject *lines = held(held(state, at->state[ST_BOOK]), at->lines), *blotter = held(state, at->state[ST_BLOTTER]);
    PyObject *open = held(blotter, at->blotter[BL_OPEN]), *bounds = held(blotter, at->blotter[BL_BOUND]);
    if (!PyDict_CheckExact(lines) || !PyDict_CheckExact(open) || !PyDict_CheckExact(bounds))
        return -1;
    PyObject *line = PyDict_GetItemWithError(lines, symbol), *own = PyDict_GetItemWithError(bounds, symbol);
    if (line == NULL || PyErr_Occurred())
        return PyErr_Occurred() ? -1 : SURE_OF_NOTHING;
    int buying = says(held(intent, at->intent[IN_SIDE]), BUY);
    int fine = moment_allows(glance, state, symbol, line, open);
    if (fine > 0)
        fine = of_usual_size(glance, shares, own, buying);
    if (fine <= 0)
        return fine;
    PyObject *costs = worth(glance, intent, line, shares, buying);
    if (costs == NULL || costs == Py_None) {
        Py_XDECREF(costs);
        return costs == NULL ? -1 : SURE_OF_NOTHING;
    }
    fine = is(glance->figure[ZERO], Py_LT, costs);
    if (fine > 0)
        fine = is(costs, Py_LE, glance->limit[NOTIONAL]);
    int level = fine;
    if (fine > 0) {
        fine = bears(glance, state, symbol, line, shares, costs);
        level = fine < 0 ? -1 : fine ? SURE_OF_ALL : SURE_OF_ORDER;
    }
    Py_DECREF(costs);
    return level;
}

const struct account *account_of(PyObject *glance)
{
    return &((struct glance *)glance)->account;
}

static PyObject *glance_call(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct glance *glance = (struct glance *)self;
    if (PyVectorcall_NARGS(count) == 2 && names == NULL &&
        (PyObject *)Py_TYPE(given[0]) == glance->account.intent_class &&
        (PyObject *)Py_TYPE(given[1]) == glance->account.state_class) {
        int level = look(self, given[0], given[1]);
        if (level >= 0)
            return PyLong_FromLong(level);
        PyErr_Clear();
    }
    return PyObject_Vectorcall(glance->in_python, given, count, names);
}

static PyObject *glance_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    PyObject *in_python, *dollars, *classes, *figures, *bounds, *allowed, *limit[LIMITS];
    struct glance *glance = (struct glance *)type->tp_alloc(type, 0);
    if (glance == NULL)
        return NULL;
    glance->call = glance_call;
    if (names != NULL || !PyArg_ParseTuple(given, "OOOO!O!:Glance", &in_python, &dollars, &classes, &PyTuple_Type,
                                           &figures, &PyTuple_Type, &bounds) ||
        !PyArg_ParseTuple(bounds, "O!OLLLLLLLOOOOOLOOOOO", &PyFrozenSet_Type, &allowed, &limit[COLLAR], &glance->skew,
                          &glance->oldest, &glance->same, &glance->a_second, &glance->a_minute, &glance->a_day,
                          &glance->open, &limit[LOT], &limit[LEAST], &limit[MOST], &limit[NOTIONAL], &limit[POSITION],
                          &glance->positions, &limit[EXPOSURE], &limit[AT_RISK], &limit[FALLBACK], &limit[LOWEST],
                          &limit[DRAWDOWN]) ||
        account_learn(&glance->account, classes) < 0 || PyTuple_GET_SIZE(figures) != FIGURES) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "Glance() takes its twin, dollars, classes, figures and bounds");
        Py_DECREF(glance);
        return NULL;
    }
    glance->in_python = Py_NewRef(in_python);
    glance->dollars = Py_NewRef(dollars);
    glance->allowed = Py_NewRef(allowed);
    for (int place = 0; place < FIGURES; place++)
        glance->figure[place] = Py_NewRef(PyTuple_GET_ITEM(figures, place));
    for (int place = 0; place < LIMITS; place++)
        glance->limit[place] = Py_NewRef(limit[place]);
    return (PyObject *)glance;
}

static void glance_dealloc(PyObject *self)
{
    struct glance *glance = (struct glance *)self;
    Py_XDECREF(glance->in_python);
    Py_XDECREF(glance->dollars);
    Py_XDECREF(glance->allowed);
    for (int place = 0; place < KNOWN; place++)
        Py_XDECREF(glance->known[place].dollars);
    for (int place = 0; place < FIGURES; place++)
        Py_XDECREF(glance->figure[place]);
    for (int place = 0; place < LIMITS; place++)
        Py_XDECREF(glance->limit[place]);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject GLANCE = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Glance",
    .tp_doc = PyDoc_STR("How much is sure to let an intent pass: the look of hftd.core.risk.glance."),
    .tp_basicsize = sizeof(struct glance),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct glance, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = glance_new,
    .tp_dealloc = glance_dealloc,
};

int is_glance(PyObject *object)
{
    return Py_IS_TYPE(object, &GLANCE);
}

int wire_add_glance(PyObject *module)
{
    BUY = PyUnicode_InternFromString("buy");
    OPEN = PyUnicode_InternFromString("open");
    ORDERS = PyUnicode_InternFromString("orders");
    return BUY == NULL || OPEN == NULL || ORDERS == NULL ? -1 : PyModule_AddType(module, &GLANCE);
}
