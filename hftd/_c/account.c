#include "account.h"

static const char *const INTENT[] = {"symbol", "side", "shares", "limit", "tif"};
static const char *const STATE[] = {
    "now", "phase", "counts", "skew", "day", "run", "regular", "reconciled", "stopping", "halted", "frozen",
    "buying_power", "book", "blotter", "ledger", "pace", "recent", "rejects", "peak", "gross_then", "symbols",
};
static const char *const LINE[] = {"last", "quote", "band", "first", "halted", "seen", "volatility"};
static const char *const BOUND[] = {"buying", "selling", "unknown", "touched"};
static const char *const POSITION[] = {"shares", "cost", "realised", "carried", "carried_cost"};
static const char *const BLOTTER[] = {"open", "bound"};
static const char *const LEDGER[] = {"fees", "positions"};
static const char *const QUOTE[] = {"bid", "ask"};
static const char *const BOOK[] = {"lines"};
static const char *const TRADE[] = {"price"};

int account_learn(struct account *account, PyObject *classes)
{
    const struct { const char *const *names; int count; Py_ssize_t *found; } each[] = {
        {INTENT, INTENT_FIELDS, account->intent}, {STATE, STATE_FIELDS, account->state},
        {LINE, LINE_FIELDS, account->line}, {BOUND, BOUND_FIELDS, account->bound},
        {POSITION, POSITION_FIELDS, account->position}, {BLOTTER, BLOTTER_FIELDS, account->blotter},
        {LEDGER, LEDGER_FIELDS, account->ledger}, {QUOTE, QUOTE_FIELDS, account->quote},
        {BOOK, 1, &account->lines}, {TRADE, 1, &account->price},
    };
    const Py_ssize_t count = sizeof each / sizeof *each;
    if (!PyTuple_CheckExact(classes) || PyTuple_GET_SIZE(classes) != count) {
        PyErr_SetString(PyExc_TypeError, "expected the classes of an account, in their order");
        return -1;
    }
    for (Py_ssize_t place = 0; place < count; place++)
        if (slots_of(PyTuple_GET_ITEM(classes, place), each[place].names, each[place].count, each[place].found) < 0)
            return -1;
    account->intent_class = PyTuple_GET_ITEM(classes, 0);
    account->state_class = PyTuple_GET_ITEM(classes, 1);
    account->bound_class = PyTuple_GET_ITEM(classes, 3);
    return 0;
}
