DROP TYPE analytics.execution_input;
