using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>Corrections of windows that are disputed: in whatever order, the customer pays what was told last, less the part that was upheld.</summary>
public sealed class DisputedWindowTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly PriceVersion CardHour = new(1, "card-hour", 3600, 10, 8.5m, 0.05m, 0.19m);

    private static DateTimeOffset At(double hours) => ManualTimeProvider.DefaultStart.AddHours(hours);

    private static Task<Outcome<UsageDisputeView>> OpenAsync(BillingHouse house, ContractTerms terms, double from, double to) =>
        house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
            Customer(terms.CustomerId),
            d => d.OpenAsync(terms.ContractId, new(At(from), At(to), "It stood still"), house.NewId("key"), default)
        );

    private static async Task<UsageDisputeView> UpholdAsync(BillingHouse house, string id, decimal share = 1) =>
        Ok(
            await house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
                Desk,
                d => d.UpholdAsync(id, new("Seen") { Share = share }, default)
            )
        );

    private static async Task<ContractCost> CostAsync(BillingHouse house, ContractTerms terms) =>
        (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!;

    [Fact]
    public async Task What_was_given_back_in_full_is_not_given_back_again_by_a_correction()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        UsageDisputeView dispute = Ok(await OpenAsync(house, terms, 0, 1));
        await UpholdAsync(house, dispute.Id);
        Assert.Equal(Money(100), (await house.WalletAsync(terms.CustomerId)).Held);

        foreach (var (hours, revision) in new[] { (0m, 1), (3m, 2), (0.4m, 3) })
        {
            await house.RecordAsync(house.Reading(terms, hours, 1) with { Revision = revision });
            ContractCost cost = await CostAsync(house, terms);
            Assert.Equal((Money(0), Money(0), 0m), (cost.Net, cost.Tax, cost.CardSeconds));
            Assert.Equal(Money(100), (await house.WalletAsync(terms.CustomerId)).Held);
            await BooksBalance.AssertAsync(house.Services);
        }
        // Both lines of each correction belong to the dispute, and nobody disputes them again.
        UsageDisputeView seen = (await house.ActAsync<IUsageDisputes, UsageDisputeView?>(Desk, d => d.FindAsync(dispute.Id, default)))!;
        Assert.Equal((Money(4.76m), Money(4.76m)), (seen.Disputed, seen.Credited));
        Assert.Equal("nothing-to-dispute", Refused(await OpenAsync(house, terms, 0, 1)).Code);
        // What follows is charged as ever.
        await house.RecordAsync(house.Reading(terms, 1.4m, 2));
        Assert.Equal(Money(10), (await CostAsync(house, terms)).Net);
        Assert.Equal(Money(8.5m), (await house.WalletAsync(terms.CenterId)).Pending);
    }

    [Fact]
    public async Task What_is_corrected_while_a_dispute_is_open_is_decided_with_it_and_waits_with_it()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 2, 2));
        // The second half of the window.
        UsageDisputeView dispute = Ok(await OpenAsync(house, terms, 1, 2));
        await house.RecordAsync(house.Reading(terms, 4, 2) with { Revision = 1 });
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        Assert.Equal(Money(0), (await house.WalletAsync(terms.CenterId)).Payable);
        UsageDisputeView upheld = await UpholdAsync(house, dispute.Id, 0.5m);
        Assert.Equal((Money(23.8m), Money(11.9m)), (upheld.Disputed, upheld.Credited));
        Assert.Equal(Money(30), (await CostAsync(house, terms)).Net);
    }

    [Fact]
    public async Task A_correction_that_reaches_back_before_its_window_is_set_aside_once_usage_of_its_meter_is_disputed()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        await house.RecordAsync(house.Reading(terms, 2, 2));
        await UpholdAsync(house, Ok(await OpenAsync(house, terms, 0, 1)).Id);
        UsageReading below = house.Reading(terms, 0.5m, 2) with { Revision = 1 };
        UsageReceipt receipt = await house.ActAsync<IMetering, UsageReceipt>(
            Actor.System,
            m => m.TakeAsync(new UsageReport([below], []), default)
        );
        Assert.Equal((ReadingOutcome.Quarantined, "disputed-window"), receipt.Readings.Select(r => (r.Outcome, r.Reason)).Single());
        Assert.Equal(Money(10), (await CostAsync(house, terms)).Net);
        // A later word on the same window settles it.
        await house.RecordAsync(house.Reading(terms, 1.5m, 2) with { Revision = 2 });
        Assert.Equal(Money(5), (await CostAsync(house, terms)).Net);
        Assert.Equal(
            0L,
            await house.AsOwnerAsync(
                $"""
                select count(*) from billing.usage_quarantine q where q.contract_id = '{terms.ContractId}'
                and not exists (select from billing.usage_quarantine_outcome o where o.quarantine_id = q.id)
                """
            )
        );
    }

    private sealed class Window(double from, double to, decimal before)
    {
        public double From => from;
        public double To => to;
        public decimal Before => before;
        public decimal Hours { get; set; }
        public int Revision { get; set; }
        public string? Dispute { get; set; }
        public decimal Portion { get; set; }
        public decimal Share { get; set; }
    }

    [Fact]
    public async Task Any_order_of_readings_corrections_and_upheld_disputes_costs_what_was_told_last_less_what_was_upheld()
    {
        await using var house = Over(db);
        var random = new Random(Properties.SeedFor());
        for (int run = 0; run < 12; run++)
        {
            // Some of it is covered by the hold, and some runs end before the corrections do.
            var terms = await house.ContractAsync(hold: random.Next(3) * 30);
            var meters = new Dictionary<string, List<Window>>(StringComparer.Ordinal) { ["alc_1"] = [], ["alc_2"] = [] };
            var open = new List<string>();
            bool settled = false;
            int lines = 0;
            for (int step = 0; step < 14; step++)
            {
                string allocation = random.Next(2) == 0 ? "alc_1" : "alc_2";
                List<Window> windows = meters[allocation];
                Window? last = windows.LastOrDefault();
                switch (random.Next(8))
                {
                    case 0 or 1 when !settled:
                    case var _ when last is null:
                        last = new Window(last?.To ?? 0, (last?.To ?? 0) + 1 + random.Next(2), last is null ? 0 : last.Before + last.Hours)
                        {
                            Hours = 0.001m + (random.Next(3_000_000) / 1_000_000m),
                        };
                        windows.Add(last);
                        await house.RecordAsync(house.Reading(terms, last.Before + last.Hours, last.To, allocation));
                        break;
                    case 2 or 3 or 4:
                        last.Hours = random.Next(4) == 0 ? 0 : random.Next(3_000_000) / 1_000_000m;
                        last.Revision += 1 + random.Next(2);
                        await house.RecordAsync(
                            house.Reading(terms, last.Before + last.Hours, last.To, allocation) with
                            {
                                Revision = last.Revision,
                            }
                        );
                        break;
                    case 5 or 6:
                        double from = random.Next(8) / 2.0;
                        double to = from + 0.5 + (random.Next(6) / 2.0);
                        List<Window> meant =
                        [
                            .. meters.Values.SelectMany(w => w).Where(w => w.Dispute is null && w.From < to && w.To > from),
                        ];
                        Outcome<UsageDisputeView> opened = await OpenAsync(house, terms, from, to);
                        if (!opened.IsOk)
                        {
                            Assert.Equal(0, meant.Sum(w => w.Hours));
                            break;
                        }
                        foreach (Window window in meant)
                        {
                            window.Dispute = opened.Value.Id;
                            window.Portion = (decimal)((Math.Min(to, window.To) - Math.Max(from, window.From)) / (window.To - window.From));
                        }
                        open.Add(opened.Value.Id);
                        break;
                    case 7 when open.Count > 0:
                        string decided = open[random.Next(open.Count)];
                        open.Remove(decided);
                        decimal share = random.Next(2) == 0 ? 1 : random.Next(1, 1000) / 1000m;
                        await UpholdAsync(house, decided, share);
                        foreach (Window window in meters.Values.SelectMany(w => w).Where(w => w.Dispute == decided))
                            window.Share = share;
                        break;
                    default:
                        if (step > 7 && random.Next(3) == 0)
                        {
                            settled = true;
                            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
                        }
                        break;
                }
                lines += 4;
                ContractCost cost = await CostAsync(house, terms);
                decimal owed = meters.Values.SelectMany(w => w).Sum(w => w.Hours * (1 - (w.Portion * w.Share)));
                // Each line is rounded for itself.
                Assert.InRange(cost.Net.Amount - (owed * 10), -lines / 1_000_000m, lines / 1_000_000m);
                Assert.InRange(cost.Tax.Amount - (owed * 1.9m), -lines / 1_000_000m, lines / 1_000_000m);
                Assert.True(cost.Net.Micros >= 0);
                await BooksBalance.AssertAsync(house.Services);
            }
        }
    }

    private static ChargedAmount Charged(long milliseconds) => new(milliseconds / 1000m, RatingRule.Rate(milliseconds / 1000m, CardHour));

    [Fact]
    public void After_each_correction_exactly_the_upheld_part_of_the_window_is_given_back() =>
        Properties.Check(
            from told in Gen.Choose(0, 9_000_000).NonEmptyListOf()
            from portion in Gen.Choose(1, 1000)
            from share in Gen.Choose(1, 1000)
            select (told, portion, share),
            x =>
            {
                decimal portion = x.portion / 1000m;
                decimal share = x.share / 1000m;
                ChargedAmount charged = Charged(x.told[0]);
                ChargedAmount paid = charged - charged.Part(portion * share);
                var window = DisputedWindow.Of([
                    new(charged, TakesBack: false, "udi_1", portion, share),
                    new(default(ChargedAmount) - charged.Part(portion * share), TakesBack: true, null, 0, null),
                ])!;
                foreach (int told in x.told)
                {
                    ChargedAmount change = Charged(told) - charged;
                    charged = Charged(told);
                    (ChargedAmount line, window) = window.Follow(change);
                    paid = paid + change + line;
                    Share parts = line.Charge.Share;
                    if (paid != charged - charged.Part(portion * share) || parts.Net != parts.Center + parts.Operator + parts.Commission)
                        return false;
                }
                return paid.Charge.Share is { Net: >= 0, Tax: >= 0 };
            },
            500
        );

    [Fact]
    public void Where_only_some_lines_of_a_window_were_upheld_the_whole_window_goes_on_at_what_they_come_to()
    {
        // Ten were charged and the dispute was rejected; five more were upheld in full: a third of the window.
        static ChargedAmount Of(decimal net) =>
            new(net, new Rated(net, new Share((long)(net * 1_000_000), 0, 0, (long)(net * 1_000_000), 0)));
        var window = DisputedWindow.Of([
            new(Of(10), TakesBack: false, null, 0, null),
            new(Of(5), TakesBack: false, "udi_2", 1, 1),
            new(Of(-5), TakesBack: true, null, 0, null),
        ])!;
        Assert.Equal(Of(5), window.Follow(Of(-15)).Line);
        Assert.Null(DisputedWindow.Of([new(Of(10), TakesBack: false, null, 0, null)]));
        // An open dispute takes the correction in and gives nothing back yet.
        var waiting = DisputedWindow.Of([new(Of(10), TakesBack: false, "udi_3", 0.5m, null)])!;
        Assert.Equal((default, 0.5m), (waiting.Follow(Of(-10)).Line, waiting.Portion));
    }
}
