using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>An account's legs with their running balance, against the legs added up by hand.</summary>
public sealed class AccountLegTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string Read = """
        select l.journal_id, l.line, case when l.debit_account = a.id then c.code else d.code end,
               case when l.debit_account = a.id then l.amount else 0 end, case when l.credit_account = a.id then l.amount else 0 end,
               case when l.debit_account = a.id then c.party_id else d.party_id end
        from billing.account a
        join billing.leg l on a.id in (l.debit_account, l.credit_account)
        join billing.account d on d.id = l.debit_account
        join billing.account c on c.id = l.credit_account
        where a.code = $1
        order by l.xid, l.journal_id collate "C", l.line
        """;

    [Fact]
    public async Task Every_page_of_every_account_carries_the_balance_of_the_legs_before_it()
    {
        await using var house = Over(db);
        var random = new Random(Properties.SeedFor());
        string center = house.NewParty();
        string other = house.NewParty();
        // Assets and liabilities, a party's accounts against its own and against others', several legs of one account in one journal.
        AccountRef[] accounts =
        [
            Chart.Psp(Cny),
            Chart.Commission(Cny),
            Chart.CenterPending(center, Cny),
            Chart.CenterPayable(center, Cny),
            Chart.CenterPending(other, Cny),
        ];
        for (int transaction = 0; transaction < 12; transaction++)
        {
            await house.PostAsync([
                .. Enumerable
                    .Range(0, random.Next(1, 5))
                    .Select(i => new JournalDraft(
                        "test",
                        "test",
                        $"{center}/{transaction}/{i}",
                        house.Now,
                        null,
                        "why",
                        Legs(random, accounts)
                    )),
            ]);
            // Balances are read the same from a snapshot.
            if (transaction == 6)
                await house.WorkAsync();
        }
        foreach (AccountRef account in accounts)
        {
            var legs = await LegsAsync(account.Code);
            string id = $"{account.Code}~CNY";
            await SameAsync(house, Desk, id, account.Kind == Chart.PspKind, legs, random);
            if (account.Qualifier == center)
                await SameAsync(house, Center(center), id, debitClass: false, ForParty(legs, center), random);
        }
    }

    private static IReadOnlyList<LegDraft> Legs(Random random, AccountRef[] accounts) =>
        [
            .. Enumerable
                .Range(0, random.Next(1, 6))
                .Select(_ =>
                {
                    int debit = random.Next(accounts.Length);
                    int credit = (debit + random.Next(1, accounts.Length)) % accounts.Length;
                    return new LegDraft(accounts[debit], accounts[credit], random.Next(1, 1000));
                }),
        ];

    private sealed record Row(string Journal, int Line, string Other, long Debit, long Credit, string OtherParty);

    private async Task<List<Row>> LegsAsync(string code)
    {
        await using var command = db.DataSource.CreateCommand(Read);
        command.Parameters.Add(new() { Value = code });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Row>();
        while (await reader.ReadAsync())
            rows.Add(
                new Row(
                    reader.GetString(0),
                    reader.GetInt16(1),
                    reader.GetString(2),
                    reader.GetInt64(3),
                    reader.GetInt64(4),
                    reader.GetString(5)
                )
            );
        return rows;
    }

    // What others got or gave in one journal is one row each way, at its first line.
    private static List<Row> ForParty(List<Row> legs, string party) =>
        [
            .. legs.Select(l => l.OtherParty == party ? l : l with { Other = LedgerReader.Others })
                .GroupBy(l => (l.Journal, l.Other, l.Debit > 0))
                .Select(g => new Row(g.Key.Journal, g.Min(l => l.Line), g.Key.Other, g.Sum(l => l.Debit), g.Sum(l => l.Credit), ""))
                .GroupBy(r => r.Journal)
                .SelectMany(j => j.OrderBy(r => r.Line)),
        ];

    private static async Task SameAsync(BillingHouse house, Actor viewer, string id, bool debitClass, List<Row> rows, Random random)
    {
        long balance = 0;
        var expected = new List<(string, int, string, long, long, long)>();
        foreach (Row row in rows)
        {
            balance += debitClass ? row.Debit - row.Credit : row.Credit - row.Debit;
            expected.Add((row.Journal, row.Line, row.Other, row.Debit, row.Credit, balance));
        }
        Assert.Equal(balance, (await house.LedgerAsync(viewer, l => l.FindAccountAsync(id, default)))!.Balance.Micros);
        foreach (string? sort in new[] { null, "-recordedAt", "recordedAt" })
        {
            int limit = random.Next(1, 9);
            if (sort == "recordedAt")
                expected.Sort((a, b) => rows.FindIndex(r => Is(r, a)).CompareTo(rows.FindIndex(r => Is(r, b))));
            else
                expected.Sort((a, b) => rows.FindIndex(r => Is(r, b)).CompareTo(rows.FindIndex(r => Is(r, a))));
            var seen = new List<(string, int, string, long, long, long)>();
            string? cursor = null;
            do
            {
                var query = new PageQuery
                {
                    Limit = limit,
                    Sort = sort,
                    Cursor = cursor,
                };
                var page = Ok(await house.LedgerAsync(viewer, l => l.AccountLegsAsync(id, query, default)));
                Assert.True(page.Items.Count == limit || page.NextCursor is null);
                // The same page by number, as the portal asks for it.
                var skipped = Ok(
                    await house.LedgerAsync(viewer, l => l.AccountLegsAsync(id, query with { Cursor = null, Skip = seen.Count }, default))
                );
                Assert.Equal(page.Items, skipped.Items);
                seen.AddRange(
                    page.Items.Select(l => (l.JournalId, l.Line, l.OtherAccount, l.Debit.Micros, l.Credit.Micros, l.Balance.Micros))
                );
                cursor = page.NextCursor;
            } while (cursor is not null);
            Assert.Equal(expected, seen);
        }
    }

    private static bool Is(Row row, (string Journal, int Line, string Other, long Debit, long Credit, long Balance) seen) =>
        row.Journal == seen.Journal && row.Line == seen.Line;

    [Fact]
    public async Task A_journal_names_the_one_it_takes_back_and_the_one_that_took_it_back()
    {
        await using var house = Over(db);
        IReadOnlyList<LegDraft> there = [new LegDraft(Chart.PspFee(Cny), Chart.Psp(Cny), 5)];
        IReadOnlyList<LegDraft> back = [new LegDraft(Chart.Psp(Cny), Chart.PspFee(Cny), 5)];
        string first = (await house.PostAsync(new JournalDraft("test", "test", house.NewId("key"), house.Now, null, "oops", there)))[
            0
        ].JournalId;
        string second = (
            await house.PostAsync(
                new JournalDraft("test", "test", house.NewId("key"), house.Now, null, "taken back", back) { ReversesId = first }
            )
        )[0].JournalId;
        var one = (await house.LedgerAsync(Desk, l => l.FindJournalAsync(first, default)))!;
        var other = (await house.LedgerAsync(Desk, l => l.FindJournalAsync(second, default)))!;
        Assert.Equal((null, second, "oops", "system"), (one.Journal.ReversesId, one.ReversedById, one.Reason, one.Actor));
        Assert.Equal((first, null, "taken back"), (other.Journal.ReversesId, other.ReversedById, other.Reason));
        Assert.Null(await house.LedgerAsync(Desk, l => l.FindJournalAsync("none", default)));
    }

    [Fact]
    public async Task The_trial_balance_has_every_class_twice_and_no_difference()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.GrantAsync(terms.CustomerId, 5);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        await house.WorkAsync();
        await house.RecordAsync(house.Reading(terms, 2, 2));
        var report = await BooksBalance.AssertAsync(house.Services);
        Assert.Equal(["asset", "liability", "income", "expense"], report.TrialBalance.Select(l => l.Class));
        Assert.All(report.TrialBalance, l => Assert.True(l.Agrees));
        Assert.Equal(report.TrialBalance.Sum(l => l.LegDebitMicros), report.TrialBalance.Sum(l => l.LegCreditMicros));
        Assert.Equal(Invariants.All, report.Invariants.Select(i => i.Invariant));
        Assert.All(
            report.Invariants,
            i =>
                Assert.True(i.Holds && i.Checked > 0 || i is { Invariant: Invariants.InvoicesAgree or Invariants.PayoutsAgree, Checked: 0 })
        );
        Assert.Equal(report.Journals, report.Invariants.Single(i => i.Invariant == Invariants.KeysOnce).Checked);
    }
}
