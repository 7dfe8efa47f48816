/* What the account comes to once an intent has filled, and whether that stays within its limits. */
#include "glance.h"

/* a (operation) b for a moment, taken into the sum. */
static void product_into(PyObject **sum, binaryfunc operation, PyObject *a, PyObject *b)
{
    PyObject *product = a == NULL || b == NULL ? NULL : PyNumber_Multiply(a, b);
    into(sum, operation, product);
    Py_XDECREF(product);
}

/* What the account comes to once the intent has filled. */
struct sums {
    PyObject *profit, *gross, *moving, *size;
    Py_ssize_t others;
};

/* The profit of a position on paper and taken, as Position.profit has it. */
static PyObject *profit(struct glance *glance, PyObject *position, PyObject *price, PyObject *first)
{
    const Py_ssize_t *ps = glance->account.position;
    PyObject *made = PyNumber_Multiply(held(position, ps[PS_SHARES]), price);
    into(&made, PyNumber_Subtract, held(position, ps[PS_COST]));
    PyObject *sum = Py_NewRef(held(position, ps[PS_REALISED])), *carried = held(position, ps[PS_CARRIED]);
    into(&sum, PyNumber_Add, made);
    if (PyObject_IsTrue(carried) > 0) {
        int began = PyFloat_CheckExact(first) && PyFloat_AS_DOUBLE(first) != 0;
        PyObject *then = began ? dollars(glance, first) : Py_NewRef(price);
        into(&then, PyNumber_Multiply, carried);
        into(&then, PyNumber_Subtract, held(position, ps[PS_CARRIED_COST]));
        into(&sum, PyNumber_Subtract, then);
        Py_XDECREF(then);
    }
    Py_XDECREF(made);
    return sum;
}

/* Count one symbol that is held or worked: 1, 0 where its price is not sure, -1 where that cannot be told. */
static int add(struct glance *glance, struct sums *sums, PyObject *line, PyObject *position, PyObject *bound, int own)
{
    const struct account *at = &glance->account;
    PyObject *last = line == NULL ? Py_None : held(line, at->line[LN_LAST]);
    if (last == Py_None)
        return 0;
    PyObject *price = dollars(glance, held(last, at->price)), *holds = Py_NewRef(glance->figure[ZERO]);
    int priced = price == NULL ? -1 : PyObject_IsTrue(price);
    if (priced <= 0) { /* a price of 0 is none */
        Py_XDECREF(price);
        Py_DECREF(holds);
        return -1;
    }
    if (position != NULL) {
        Py_SETREF(holds, PyNumber_Absolute(held(position, at->position[PS_SHARES])));
        PyObject *made = profit(glance, position, price, held(line, at->line[LN_FIRST]));
        into(&sums->profit, PyNumber_Add, made);
        Py_XDECREF(made);
    }
    if (bound != NULL) { /* as if each open order made the position larger */
        PyObject *working = PyNumber_Add(held(bound, at->bound[BD_BUYING]), held(bound, at->bound[BD_SELLING]));
        into(&holds, PyNumber_Add, working);
        Py_XDECREF(working);
    }
    int any = holds == NULL ? -1 : PyObject_IsTrue(holds);
    if (any > 0) {
        PyObject *volatility = held(line, at->line[LN_VOLATILITY]);
        int known = PyObject_IsTrue(volatility);
        PyObject *dear = PyNumber_Multiply(holds, price);
        into(&sums->gross, PyNumber_Add, dear);
        product_into(&sums->moving, PyNumber_Add, dear, known ? volatility : glance->limit[FALLBACK]);
        Py_XDECREF(dear);
        if (own)
            into(&sums->size, PyNumber_Add, holds);
        else
            sums->others++;
    }
    Py_DECREF(price);
    Py_XDECREF(holds);
    if (any < 0 || sums->profit == NULL || sums->gross == NULL || sums->moving == NULL || sums->size == NULL)
        return -1;
    return 1;
}

/* Add what every symbol that is held or worked comes to: 1, 0, -1 as add. */
static int add_all(struct glance *glance, struct sums *sums, PyObject *symbol, PyObject *lines, PyObject *positions,
                   PyObject *bounds)
{
    PyObject *name, *position, *bound;
    int told = 1;
    for (Py_ssize_t place = 0; told > 0 && PyDict_Next(positions, &place, &name, &position);) {
        bound = PyDict_GetItemWithError(bounds, name);
        told = add(glance, sums, PyDict_GetItemWithError(lines, name), position, bound, says(name, symbol));
    }
    for (Py_ssize_t place = 0; told > 0 && PyDict_Next(bounds, &place, &name, &bound);)
        if (PyDict_GetItemWithError(positions, name) == NULL)
            told = add(glance, sums, PyDict_GetItemWithError(lines, name), NULL, bound, says(name, symbol));
    return told;
}

/* Whether the sums stay within the limits of the account. */
static int within(struct glance *glance, struct sums *sums, PyObject *state)
{
    const Py_ssize_t *st = glance->account.state;
    PyObject *power = held(state, st[ST_BUYING_POWER]), *peak = held(state, st[ST_PEAK]);
    PyObject *at_risk = Py_NewRef(glance->figure[QUANTILE]), *fall = Py_NewRef(peak), *used = NULL;
    into(&at_risk, PyNumber_Multiply, sums->moving);
    into(&fall, PyNumber_Subtract, sums->profit);
    if (power != Py_None) {
        used = Py_NewRef(sums->gross);
        into(&used, PyNumber_Subtract, held(state, st[ST_GROSS_THEN]));
    }
    const struct { PyObject *figure; int how; PyObject *limit; } each[] = {
        {sums->size, Py_LE, glance->limit[POSITION]}, {sums->gross, Py_LE, glance->limit[EXPOSURE]},
        {at_risk, Py_LE, glance->limit[AT_RISK]}, {sums->profit, Py_GE, glance->limit[LOWEST]},
        {fall, Py_LE, glance->limit[DRAWDOWN]}, {used, Py_LE, power},
    };
    int fine = sums->others < glance->positions;
    for (size_t place = 0; fine > 0 && place < sizeof each / sizeof *each - (power == Py_None); place++)
        fine = is(each[place].figure, each[place].how, each[place].limit);
    Py_XDECREF(at_risk);
    Py_XDECREF(fall);
    Py_XDECREF(used);
    return fine;
}

int bears(struct glance *glance, PyObject *state, PyObject *symbol, PyObject *line, PyObject *shares, PyObject *worth)
{
    const struct account *at = &glance->account;
    PyObject *ledger = held(state, at->state[ST_LEDGER]), *blotter = held(state, at->state[ST_BLOTTER]);
    PyObject *lines = held(held(state, at->state[ST_BOOK]), at->lines);
    PyObject *positions = held(ledger, at->ledger[LG_POSITIONS]), *bounds = held(blotter, at->blotter[BL_BOUND]);
    PyObject *volatility = held(line, at->line[LN_VOLATILITY]);
    if (!PyDict_CheckExact(positions) || !PyDict_CheckExact(bounds))
        return -1;
    struct sums sums = {
        PyNumber_Negative(held(ledger, at->ledger[LG_FEES])), Py_NewRef(worth),
        PyNumber_Multiply(worth, PyObject_IsTrue(volatility) ? volatility : glance->limit[FALLBACK]),
        Py_NewRef(shares), 0,
    };
    int fine = add_all(glance, &sums, symbol, lines, positions, bounds);
    if (fine > 0)
        fine = within(glance, &sums, state);
    Py_XDECREF(sums.profit);
    Py_XDECREF(sums.gross);
    Py_XDECREF(sums.moving);
    Py_XDECREF(sums.size);
    return fine;
}
