-- An offer's price may have tiers, hours at another price, a minimum take and a prepaid price; null is one price for every card-hour.
-- Contracts keep the plan they were sold with: what changes here counts for quotes from then on.
alter table market.offer add column plan jsonb;
