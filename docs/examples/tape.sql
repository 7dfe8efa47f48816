SELECT symbol, count(*) AS prints, sum(size) AS shares, max(price) AS high FROM 'state/tapes/*/trades.parquet' GROUP BY symbol ORDER BY symbol;
