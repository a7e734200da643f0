-- A transfer on the bank's statement becomes credit once.
create unique index payment_of_transfer on billing.payment (charge_reference) where provider = 'local' and charge_reference is not null;
