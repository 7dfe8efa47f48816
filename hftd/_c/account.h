/* Where State and what it owns keep the fields that decide about an intent. */
#ifndef HFTD_ACCOUNT_H
#define HFTD_ACCOUNT_H

#include "slots.h"

enum { IN_SYMBOL, IN_SIDE, IN_SHARES, IN_LIMIT, IN_TIF, INTENT_FIELDS };
enum {
    ST_NOW, ST_PHASE, ST_COUNTS, ST_SKEW, ST_DAY, ST_RUN, ST_REGULAR, ST_RECONCILED, ST_STOPPING, ST_HALTED, ST_FROZEN,
    ST_BUYING_POWER, ST_BOOK, ST_BLOTTER, ST_LEDGER, ST_PACE, ST_RECENT, ST_REJECTS, ST_PEAK, ST_GROSS_THEN, ST_SYMBOLS,
    STATE_FIELDS
};
enum { LN_LAST, LN_QUOTE, LN_BAND, LN_FIRST, LN_HALTED, LN_SEEN, LN_VOLATILITY, LINE_FIELDS };
enum { BD_BUYING, BD_SELLING, BD_UNKNOWN, BD_TOUCHED, BOUND_FIELDS };
enum { PS_SHARES, PS_COST, PS_REALISED, PS_CARRIED, PS_CARRIED_COST, POSITION_FIELDS };
enum { BL_OPEN, BL_BOUND, BLOTTER_FIELDS };
enum { LG_FEES, LG_POSITIONS, LEDGER_FIELDS };
enum { QT_BID, QT_ASK, QUOTE_FIELDS };

struct account {
    PyObject *intent_class, *state_class, *bound_class; /* borrowed: hftd's classes stay */
    Py_ssize_t intent[INTENT_FIELDS], state[STATE_FIELDS], line[LINE_FIELDS], bound[BOUND_FIELDS];
    Py_ssize_t position[POSITION_FIELDS], blotter[BLOTTER_FIELDS], ledger[LEDGER_FIELDS], quote[QUOTE_FIELDS];
    Py_ssize_t lines, price; /* of a Book, of a Trade */
};

/* Learn the places from the classes: Intent, State, Line, Bound, Position, Blotter, Ledger, Quote, Book, Trade. -1 and
 * an exception where they are others. */
int account_learn(struct account *account, PyObject *classes);

/* hftd.core.risk.glance: how much is sure to let an intent pass, or -1 and an exception where that cannot be told. */
enum { SURE_OF_NOTHING, SURE_OF_ORDER, SURE_OF_ALL };

int is_glance(PyObject *object);
int look(PyObject *glance, PyObject *intent, PyObject *state);
const struct account *account_of(PyObject *glance);

/* Whether a str is a word; one that is no str is not. */
static inline int says(PyObject *text, PyObject *word)
{
    return text == word || (text != NULL && PyUnicode_CheckExact(text) && PyUnicode_Compare(text, word) == 0);
}

#endif
