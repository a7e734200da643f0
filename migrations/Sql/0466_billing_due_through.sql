-- Through when a contract's charges have been made payable. What was due stays due when a clock goes back.
alter table billing.contract_cost add column due_through timestamptz;
