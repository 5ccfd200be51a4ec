DROP TABLE analytics.credit_ledger;
