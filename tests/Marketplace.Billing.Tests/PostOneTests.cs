using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>A journal by itself takes a shorter way through the database than one of several: both write the same.</summary>
public sealed class PostOneTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private enum Act
    {
        PutIn,
        Use,
        GiveBack,
        Repeat,
        Reuse,
    }

    private static readonly Gen<(Act Act, int Promo, int Available)[]> Lives = (
        from act in Gen.Frequency(
            (3, Gen.Constant(Act.PutIn)),
            (3, Gen.Constant(Act.Use)),
            (2, Gen.Constant(Act.GiveBack)),
            (1, Gen.Constant(Act.Repeat)),
            (1, Gen.Constant(Act.Reuse))
        )
        from promo in Gen.Choose(0, 40)
        from available in Gen.Choose(0, 60)
        select (act, promo, available)
    ).ArrayOf(12);

    [Fact]
    public async Task One_journal_and_one_of_many_leave_the_same_behind()
    {
        await using var house = Over(db);
        Properties.Check(Lives, life => LiveAsync(house, life).GetAwaiter().GetResult(), count: 15);
    }

    [Fact]
    public async Task Outside_a_transaction_a_posting_is_one_of_its_own_and_is_told()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        JournalDraft draft = Postings.TopUp("pay_alone", customer, Chart.Psp(Cny), Money(5), Money(0), house.Now);
        var (posted, again, told) = await house.ActAsync<IServiceProvider, (PostedStatus, PostedStatus, bool)>(
            Actor.System,
            async services =>
            {
                var writer = services.GetRequiredService<LedgerWriter>();
                using var heard = services.GetRequiredService<IChangeFeed>().Subscribe($"party:{customer}");
                PostedStatus first = (await writer.PostAsync([draft], default))[0].Status;
                bool announced = await heard.WaitAsync(TimeSpan.FromSeconds(10), default);
                return (first, (await writer.PostAsync([draft], default))[0].Status, announced);
            }
        );
        Assert.Equal((PostedStatus.Posted, PostedStatus.Duplicate, true), (posted, again, told));
        Assert.Equal(Money(5), (await house.WalletAsync(customer)).Available);
    }

    private static async Task<bool> LiveAsync(BillingHouse house, (Act Act, int Promo, int Available)[] life)
    {
        string[] customers = [house.NewParty(), house.NewParty()];
        foreach (string customer in customers)
        {
            await house.TopUpAsync(customer, 200);
            await house.GrantAsync(customer, 100);
            Ok(await house.HoldAsync(customer, 0, "h:" + customer));
        }
        int n = 0;
        foreach (var (act, promo, available) in life)
        {
            if (act is not (Act.Repeat or Act.Reuse))
                n++;
            var ends = new List<string>();
            foreach (string customer in customers)
                ends.Add(await StepAsync(house, customer, act, promo, available, n, alone: customer == customers[0]));
            Assert.Equal(ends[0], ends[1]);
            Assert.Equal(await StandingAsync(house, customers[0]), await StandingAsync(house, customers[1]));
        }
        return true;
    }

    private static async Task<string> StepAsync(BillingHouse house, string customer, Act act, int promo, int available, int n, bool alone)
    {
        string hold = "h:" + customer;
        string key = $"{customer}/{n}";
        var at = house.Now;
        JournalDraft draft = act switch
        {
            Act.PutIn => Postings.Hold(hold, customer, Money(promo), Money(available), key, at),
            Act.GiveBack => Postings.Release(hold, customer, Money(promo), Money(available), at) with { Source = "test", Key = key },
            _ => Postings.Charge(
                new ChargeParties("c:" + customer, customer, "o:" + customer, "z:" + customer, Cny, "CN", hold),
                new Share(Money(promo).Micros, Money(available).Micros, Money(promo).Micros, 0, 0),
                uncovered: 0,
                key,
                at
            ) with
            {
                // Not a charge by name: there is no usage it would have to agree with.
                Kind = "test",
                Source = act == Act.Reuse ? "reused" : "test",
            },
        };
        if (draft.Legs.Count == 0)
            return "nothing";
        JournalDraft other = new(
            "filler",
            "filler",
            house.NewId("key"),
            at,
            null,
            "",
            [new LegDraft(Chart.PspFee(Cny), Chart.Psp(Cny), 1)]
        );
        try
        {
            var posted = await house.InTransactionAsync(s => s.Writer.PostAsync(alone ? [draft] : [draft, other], default));
            return posted[0].Status.ToString();
        }
        catch (Npgsql.PostgresException refused)
        {
            return $"{refused.SqlState} {refused.ConstraintName}";
        }
    }

    private static async Task<string> StandingAsync(BillingHouse house, string customer) =>
        (string)
            (
                await house.AsApplicationAsync(
                    $"""
                    select string_agg(concat_ws(' ', split_part(a.code, ':', 1), a.debits, a.credits, a.version, b.debits, b.credits), ', ' order by a.kind)
                           || (select concat_ws(' ', '', h.amount, h.promo_remaining, h.available_remaining) from billing.hold h where h.reference = 'h:{customer}')
                           || (select concat_ws(' ', ' legs', count(*), sum(l.line), sum(l.amount), count(l.hold_id)) from billing.leg l join billing.journal j on j.id = l.journal_id where j.idem_key like '{customer}/%')
                    from billing.account a join billing.balances(array(select id from billing.account)) b on b.account_id = a.id
                    where a.qualifier in ('{customer}', 'o:{customer}', 'z:{customer}')
                    """
                )
            )!;
}
