using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>
/// Random months of a few trades: shares of cards, interruptions, late usage, prices that do not divide, grants, invoices, holds that run dry.
/// For every party and month, what the export adds up to is what the ledger says.
/// </summary>
[Trait("Category", "Faults")]
public sealed class FocusLedgerTests
{
    private const int Contracts = 3;
    private const int Days = 70;

    public enum Act
    {
        Use,
        UseLate,
        Grant,
        TopUp,
        Settle,
        Invoice,
        CloseMonth,
        Credit,
    }

    /// <param name="Who">Which of the contracts.</param>
    /// <param name="Size">Thousandths of a card-hour, or cents.</param>
    /// <param name="DaysOn">How far the clock goes first.</param>
    public sealed record Step(Act Act, int Who, int Size, int DaysOn);

    private static readonly Gen<Step> Steps =
        from act in Gen.Frequency(
            (8, Gen.Constant(Act.Use)),
            (3, Gen.Constant(Act.UseLate)),
            (1, Gen.Constant(Act.Grant)),
            (1, Gen.Constant(Act.TopUp)),
            (1, Gen.Constant(Act.Settle)),
            (1, Gen.Constant(Act.Invoice)),
            (2, Gen.Constant(Act.CloseMonth)),
            (3, Gen.Constant(Act.Credit))
        )
        from who in Gen.Choose(0, Contracts - 1)
        from size in Gen.Choose(1, 4_999)
        from days in Gen.Choose(0, 9)
        select new Step(act, who, size, days);

    [Fact]
    public void Every_party_and_month_adds_up_to_the_ledger() =>
        Properties.Check(
            Gen.Choose(6, 20).SelectMany(n => Steps.ArrayOf(n)),
            steps => LiveAsync(steps).GetAwaiter().GetResult(),
            count: Properties.Of(6, 40)
        );

    private async Task<bool> LiveAsync(Step[] steps)
    {
        // Closing reaches over all parties and each life begins in January: a database for each.
        var fresh = new PostgresFixture();
        await fresh.InitializeAsync();
        try
        {
            await using var house = Over(fresh);
            string customer = house.NewParty();
            string @operator = house.NewParty();
            var contracts = new List<ContractTerms>();
            for (int i = 0; i < Contracts; i++)
                contracts.Add(
                    await house.ContractAsync(
                        hold: 9,
                        retail: 1.234567891m + i,
                        wholesale: i == 2 ? 4.98765m : 0.98765m + i,
                        with: t => t with { CustomerId = customer, OperatorId = i == 1 ? t.OperatorId : @operator }
                    )
                );
            var meters = new Dictionary<(int, string), decimal>();
            foreach (Step step in steps)
                await TakeAsync(house, contracts, meters, step);
            DateTimeOffset month = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
            for (; month <= house.Now; month = month.AddMonths(1))
                await ExportedBooks.AssertEqualsLedgerAsync(house, contracts, month, month.AddMonths(1));
            // Half-open halves make the whole, cut anywhere.
            DateTimeOffset cut = ManualTimeProvider.DefaultStart.AddDays(steps.Length);
            await ExportedBooks.AssertEqualsLedgerAsync(house, contracts, ManualTimeProvider.DefaultStart.AddDays(-1), cut);
            await ExportedBooks.AssertEqualsLedgerAsync(house, contracts, cut, house.Now.AddDays(1));
            await ThreeSides.AssertAgreeAsync(house, contracts);
            return true;
        }
        finally
        {
            await fresh.DisposeAsync();
        }
    }

    private static async Task TakeAsync(
        BillingHouse house,
        List<ContractTerms> contracts,
        Dictionary<(int, string), decimal> meters,
        Step step
    )
    {
        ContractTerms terms = contracts[step.Who];
        DateTimeOffset then = house.Now.AddDays(step.DaysOn);
        if (then < ManualTimeProvider.DefaultStart.AddDays(Days))
            house.Time.StepTo(then);
        switch (step.Act)
        {
            case Act.Use or Act.UseLate:
                string allocation = step.Act == Act.Use ? "alc_now" : $"alc_{meters.Count}";
                decimal quantity = meters.GetValueOrDefault((step.Who, allocation)) + (step.Size / 1000m);
                meters[(step.Who, allocation)] = quantity;
                double hours = (house.Now - ManualTimeProvider.DefaultStart).TotalHours;
                // An interruption: the allocation ends and the next reading is another one's.
                await house.RecordAsync(
                    house.Reading(
                        terms,
                        quantity,
                        step.Act == Act.Use ? hours + 1 : (hours / 2) + 0.01,
                        allocation,
                        final: step.Act == Act.UseLate
                    )
                );
                break;
            case Act.Grant:
                await house.GrantAsync(terms.CustomerId, step.Size / 100m);
                break;
            case Act.TopUp:
                await house.TopUpAsync(terms.CustomerId, step.Size / 100m);
                break;
            case Act.Settle:
                await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
                break;
            case Act.Invoice:
                await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default));
                break;
            case Act.Credit:
                await CreditAsync(house, terms, step);
                break;
            default:
                await house.InvoicesAsync(
                    Actor.System,
                    i => i.CloseAsync(new(house.Now.Year, house.Now.Month, 1, 0, 0, 0, TimeSpan.Zero), default)
                );
                break;
        }
    }

    // Some part of some line of the customer's first invoice that still has one; what is refused is that there is nothing left.
    private static async Task CreditAsync(BillingHouse house, ContractTerms terms, Step step)
    {
        foreach (InvoiceView listed in (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items)
        {
            if (listed.Number is null)
                continue;
            var invoice = (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.FindAsync(listed.Id, default)))!;
            int? line = step.Size % 3 == 0 ? null : invoice.Lines[step.Size % invoice.Lines.Count].Line;
            decimal? amount = step.Size % 2 == 0 ? null : decimal.Round(Math.Max(0.01m, invoice.Total.Amount * step.Size / 9_998m), 2);
            var issued = await house.ActAsync<ICreditNotes, Platform.Outcomes.Outcome<CreditNoteView>>(
                Desk,
                n => n.IssueAsync(invoice.Id, new("Random", line is { } l ? [l] : null, amount), house.NewId("key"), default)
            );
            if (issued.IsOk)
                return;
            Assert.True(
                issued.Problem.Code == "nothing-to-credit" || issued.Problem.Errors is [{ Pointer: "/amount" }],
                $"{issued.Problem.Code}: {issued.Problem.Detail}"
            );
        }
    }
}
