using Marketplace.Billing.Ledger;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Every way to write what is wrong is refused: to the application by its rights, and to the owner of the tables by the triggers.</summary>
public sealed class GuardTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string NoRight = "42501";
    private const string Changed = "LG001";
    private const string WrongLeg = "LG002";
    private const string Incomplete = "LG003";
    private const string Closed = "LG004";
    private const string NoAccount = "LG005";
    private const string Check = "23514";
    private const string Accepted = "accepted";

    public static TheoryData<string> Tables =>
        [
            "account",
            "journal",
            "leg",
            "hold",
            "account_kind",
            "balance_snapshot",
            "ledger_clock",
            "seal_block",
            "seal_head",
            "contract_terms",
            "price_version",
            "usage_event",
            "usage_quarantine",
            "rated_line",
            "invoice_line",
            "invoiced_line",
        ];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task The_application_changes_deletes_and_empties_nothing(string table)
    {
        await using var house = Over(db);
        string column = table switch
        {
            "account" => "floor",
            "journal" => "kind",
            "leg" => "amount",
            "hold" => "amount",
            "account_kind" => "authorising",
            "balance_snapshot" => "credits",
            "ledger_clock" => "closed_through",
            "seal_block" or "seal_head" => "hash",
            "contract_terms" => "description",
            "price_version" => "retail",
            "usage_event" => "quantity",
            "usage_quarantine" => "reason",
            "rated_line" => "net",
            _ => "line",
        };
        foreach (
            string sql in new[]
            {
                $"update billing.{table} set {column} = {column}",
                $"delete from billing.{table}",
                $"truncate billing.{table} cascade",
                $"alter table billing.{table} disable trigger all",
                $"drop table billing.{table} cascade",
            }
        )
            Assert.Equal(NoRight, await StateAsync(() => house.AsApplicationAsync(sql)));
    }

    [Theory]
    [InlineData(
        "insert into billing.journal (id, kind, source, idem_key, request_hash, effective_at, xid, actor, reason, leg_count, total) values ('j', 'k', 's', 'k', '', now(), 1, '', '', 1, 1)"
    )]
    [InlineData("insert into billing.leg (journal_id, line, debit_account, credit_account, amount, xid) values ('j', 1, 1, 2, 1, 1)")]
    [InlineData(
        "insert into billing.account (kind, qualifier, party_id, currency, class, authorising) values ('psp', '', '', 'CNY', 'asset', false)"
    )]
    [InlineData(
        "insert into billing.hold (reference, account_id, party_id, currency, opened_amount, created_at) values ('h', 1, 'p', 'CNY', 0, now())"
    )]
    [InlineData("insert into billing.account_kind (kind, class, owner, authorising) values ('mine', 'asset', 'network', false)")]
    [InlineData("insert into billing.balance_snapshot (account_id, debits, credits) values (1, 0, 0)")]
    [InlineData(
        "insert into billing.seal_block (number, last_xid, last_journal, journal_ids, journal_hashes, previous_hash, hash, sealed_at) values (1, 1, 'j', array['j'], array[''::bytea], '', '', now())"
    )]
    [InlineData("insert into billing.seal_head (number, hash, last_xid, last_journal) values (1, '', 1, 'j')")]
    [InlineData("select billing.continue_after_restore()")]
    [InlineData("create function billing.mine() returns int language sql as 'select 1'")]
    public async Task The_application_writes_through_the_posting_functions_only(string sql)
    {
        await using var house = Over(db);
        Assert.Equal(NoRight, await StateAsync(() => house.AsApplicationAsync(sql)));
    }

    [Theory]
    [InlineData("update billing.journal set kind = 'x'")]
    [InlineData("delete from billing.journal")]
    [InlineData("truncate billing.journal cascade")]
    [InlineData("update billing.leg set amount = amount + 1")]
    [InlineData("delete from billing.leg")]
    [InlineData("truncate billing.leg")]
    [InlineData("delete from billing.account")]
    [InlineData("truncate billing.account cascade")]
    [InlineData("update billing.account set credits = credits - 1 where credits > 0")]
    [InlineData("update billing.account set currency = 'USD'")]
    [InlineData("delete from billing.hold")]
    [InlineData("truncate billing.hold")]
    [InlineData("update billing.seal_block set sealed_at = now()")]
    [InlineData("delete from billing.seal_block")]
    [InlineData("truncate billing.seal_block")]
    [InlineData("update billing.seal_head set hash = ''")]
    [InlineData("update billing.seal_head set number = number - 1")]
    [InlineData("update billing.seal_head set number = number + 1")]
    [InlineData("delete from billing.seal_head")]
    [InlineData("truncate billing.seal_head")]
    [InlineData("update billing.hold set reference = 'other'")]
    [InlineData("update billing.price_version set retail = 0")]
    [InlineData("delete from billing.price_version")]
    [InlineData("truncate billing.price_version")]
    [InlineData("update billing.contract_terms set tax_rate = 0")]
    [InlineData("update billing.rated_line set net = 0")]
    [InlineData("delete from billing.usage_event")]
    public async Task Even_the_owner_of_the_tables_cannot_rewrite_history(string sql)
    {
        await using var house = Over(db);
        await ChargedAsync(house);
        await house.SealAllAsync();
        Assert.Equal(Changed, await StateAsync(() => house.AsOwnerAsync(sql)));
    }

    [Fact]
    public async Task A_resolved_hold_never_moves_again()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        Ok(await house.HoldAsync(customer, 10, "r:" + customer));
        Assert.Equal(
            Check,
            await StateAsync(() => house.AsOwnerAsync($"update billing.hold set resolved_at = now() where reference = 'r:{customer}'"))
        );
        await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync("r:" + customer, default));
        foreach (string change in new[] { "resolved_at = null", "available_remaining = 5", "resolved_at = now()" })
            Assert.Equal(
                Changed,
                await StateAsync(() => house.AsOwnerAsync($"update billing.hold set {change} where reference = 'r:{customer}'"))
            );
        // And a posting that names it does not bring it back.
        Assert.Equal(
            Changed,
            await StateAsync(() =>
                PostAsync(house, new LegDraft(Chart.Available(customer, Cny), Chart.Held(customer, Cny), 1, "r:" + customer))
            )
        );
    }

    [Fact]
    public async Task A_negative_an_empty_and_a_one_sided_leg_are_refused()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        var psp = Chart.Psp(Cny);
        var available = Chart.Available(customer, Cny);
        Assert.Equal(Check, await StateAsync(() => PostAsync(house, new LegDraft(psp, available, 5), new LegDraft(psp, available, -1))));
        Assert.Equal(Check, await StateAsync(() => PostAsync(house, new LegDraft(psp, available, 5), new LegDraft(psp, available, 0))));
        Assert.Equal(Check, await StateAsync(() => PostAsync(house, new LegDraft(available, available, 5))));
        Assert.Equal(Check, await StateAsync(() => PostAsync(house)));
        Assert.Equal(Accepted, await StateAsync(() => PostAsync(house, new LegDraft(psp, available, 5))));
    }

    [Fact]
    public async Task A_leg_across_currencies_is_refused()
    {
        await using var house = Over(db);
        var leg = new LegDraft(Chart.Psp(Platform.Monetary.Currency.Usd), Chart.Available(house.NewParty(), Cny), 5);
        Assert.Equal(WrongLeg, await StateAsync(() => PostAsync(house, leg)));
    }

    [Fact]
    public async Task Held_money_moves_only_under_the_hold_it_belongs_to()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        string other = house.NewParty();
        await house.TopUpAsync(customer, 10);
        await house.TopUpAsync(other, 10);
        Ok(await house.HoldAsync(customer, 5, "a:" + customer));
        Ok(await house.HoldAsync(other, 5, "b:" + other));
        var held = Chart.Held(customer, Cny);
        var commission = Chart.Commission(Cny);
        Assert.Equal(WrongLeg, await StateAsync(() => PostAsync(house, new LegDraft(held, commission, 1))));
        Assert.Equal(WrongLeg, await StateAsync(() => PostAsync(house, new LegDraft(held, commission, 1, "b:" + other))));
        Assert.Equal(WrongLeg, await StateAsync(() => PostAsync(house, new LegDraft(held, commission, 1, "nowhere"))));
        Assert.Equal(WrongLeg, await StateAsync(() => PostAsync(house, new LegDraft(Chart.Psp(Cny), commission, 1, "a:" + customer))));
    }

    [Fact]
    public async Task An_overdraft_is_refused_by_the_account_itself()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        Ok(await house.HoldAsync(customer, 4, "a:" + customer));
        Assert.Equal(
            Check,
            await StateAsync(() => PostAsync(house, new LegDraft(Chart.Available(customer, Cny), Chart.Commission(Cny), 6_000_001)))
        );
        Assert.Equal(Check, await StateAsync(() => PostAsync(house, new LegDraft(Chart.Promo(customer, Cny), Chart.Commission(Cny), 1))));
        Assert.Equal(
            Check,
            await StateAsync(() =>
                PostAsync(house, new LegDraft(Chart.Held(customer, Cny), Chart.Commission(Cny), 4_000_001, "a:" + customer))
            )
        );
    }

    [Fact]
    public async Task A_hold_gives_no_more_than_its_own_part_of_what_is_held()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        Ok(await house.HoldAsync(customer, 4, "a:" + customer));
        Ok(await house.HoldAsync(customer, 6, "b:" + customer));
        // The held account has 10, this hold has 4.
        Assert.Equal(
            Check,
            await StateAsync(() =>
                PostAsync(house, new LegDraft(Chart.Held(customer, Cny), Chart.Commission(Cny), 5_000_000, "a:" + customer))
            )
        );
    }

    [Fact]
    public async Task A_leg_into_an_old_journal_is_refused_and_so_is_a_journal_short_of_legs()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        const string Insert =
            "insert into billing.leg (journal_id, line, debit_account, credit_account, amount, xid) select j.id, 99, l.debit_account, l.credit_account, 1, ";
        const string From = " from billing.journal j join billing.leg l on l.journal_id = j.id limit 1";
        Assert.Equal(WrongLeg, await StateAsync(() => house.AsOwnerAsync(Insert + "billing.current_xid()" + From)));
        Assert.Equal(WrongLeg, await StateAsync(() => house.AsOwnerAsync(Insert + "j.xid" + From)));
        Assert.Equal(
            WrongLeg,
            await StateAsync(() =>
                house.AsOwnerAsync(
                    "insert into billing.leg (journal_id, line, debit_account, credit_account, amount, xid) values ('none', 1, 1, 2, 1, billing.current_xid())"
                )
            )
        );

        const string Journal =
            "insert into billing.journal (id, kind, source, idem_key, request_hash, effective_at, xid, actor, reason, leg_count, total) values ('jx', 'k', 's', 'x', '', now(), billing.current_xid(), '', '', 2, 7);";
        Assert.Equal(Incomplete, await StateAsync(() => house.AsOwnerAsync(Journal)));
        string legs =
            Journal
            + "insert into billing.leg (journal_id, line, debit_account, credit_account, amount, xid) select 'jx', n, (select min(id) from billing.account where currency = 'CNY' and not authorising), (select max(id) from billing.account where currency = 'CNY' and not authorising and kind = 'psp_fee'), 3, billing.current_xid() from generate_series(1, 2) n;";
        await house.TopUpFeeAccountAsync();
        Assert.Equal(Incomplete, await StateAsync(() => house.AsOwnerAsync(legs)));
    }

    [Fact]
    public async Task A_posting_into_a_closed_period_or_to_an_unknown_account_is_refused()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 1);
        await house.InvoicesAsync(Platform.Parties.Actor.System, i => i.CloseAsync(house.Now.AddDays(-10), default));
        var leg = new LegDraft(Chart.Psp(Cny), Chart.Available(customer, Cny), 5);
        Assert.Equal(Closed, await StateAsync(() => PostAsync(house, house.Now.AddDays(-11), leg)));
        Assert.Equal(Accepted, await StateAsync(() => PostAsync(house, house.Now.AddDays(-10), leg)));
        Assert.Equal(NoAccount, await StateAsync(() => PostAsync(house, leg with { Credit = new AccountRef("wishes", customer, "CNY") })));
        Assert.Equal(
            NoAccount,
            await StateAsync(() => PostAsync(house, leg with { Credit = new AccountRef("commission", customer, "CNY") }))
        );
        Assert.Equal(
            NoAccount,
            await StateAsync(() => PostAsync(house, leg with { Credit = new AccountRef("customer.available", "", "CNY") }))
        );
    }

    [Fact]
    public async Task A_key_is_posted_once_and_another_body_under_it_is_a_conflict()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        JournalDraft Draft(long micros) =>
            new("test", "test", customer, house.Now, null, "", [new LegDraft(Chart.Psp(Cny), Chart.Available(customer, Cny), micros)]);
        Assert.Equal(PostedStatus.Posted, (await house.PostAsync(Draft(5)))[0].Status);
        Assert.Equal(PostedStatus.Duplicate, (await house.PostAsync(Draft(5)))[0].Status);
        Assert.Equal(PostedStatus.Conflict, (await house.PostAsync(Draft(6)))[0].Status);
        Assert.Equal(5, (await house.WalletAsync(customer)).Available.Micros);
        // The same within one call: the second is a repetition of the first.
        var twice = await house.PostAsync(
            Draft(5) with
            {
                Key = customer + "2",
            },
            Draft(5) with
            {
                Key = customer + "2",
            },
            Draft(7) with
            {
                Key = customer + "2",
            }
        );
        Assert.Equal([PostedStatus.Posted, PostedStatus.Duplicate, PostedStatus.Conflict], twice.Select(p => p.Status));
        Assert.Equal(10, (await house.WalletAsync(customer)).Available.Micros);
    }

    [Fact]
    public async Task A_rollback_leaves_nothing_behind()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        long before = (await BooksBalance.AssertAsync(house.Services)).Journals;
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.InTransactionAsync<int>(async services =>
            {
                Ok(await services.Ledger.HoldAsync("order:" + customer, customer, Money(5), null, default));
                throw new InvalidOperationException("the process stops here");
            })
        );
        Assert.Equal(before, (await BooksBalance.AssertAsync(house.Services)).Journals);
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_final_invoice_never_changes_but_for_being_paid()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await house.RatingAsync(Platform.Parties.Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var invoice = Ok(await house.InvoicesAsync(Customer(terms.CustomerId), i => i.InvoiceContractAsync(terms.ContractId, default)));
        foreach (
            string change in new[]
            {
                "total = total + 1, rounding = rounding + 1",
                "number = 'x'",
                "customer_name = 'x'",
                "state = 'Draft', number = null",
                "state = 'Final'",
            }
        )
            Assert.Equal(
                Changed,
                await StateAsync(() => house.AsApplicationAsync($"update billing.invoice set {change} where id = '{invoice.Id}'"))
            );
        Assert.Equal(Changed, await StateAsync(() => house.AsOwnerAsync($"delete from billing.invoice where id = '{invoice.Id}'")));
        Assert.Equal(Changed, await StateAsync(() => house.AsOwnerAsync("update billing.invoice_line set net = 0")));
    }

    private static async Task ChargedAsync(BillingHouse house)
    {
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
    }

    private static Task PostAsync(BillingHouse house, params LegDraft[] legs) => PostAsync(house, house.Now, legs);

    private static Task PostAsync(BillingHouse house, DateTimeOffset at, params LegDraft[] legs) =>
        house.PostAsync(new JournalDraft("test", "test", house.NewId("key"), at, null, "", legs));

    private static async Task<string> StateAsync(Func<Task> write)
    {
        try
        {
            await write();
            return Accepted;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
