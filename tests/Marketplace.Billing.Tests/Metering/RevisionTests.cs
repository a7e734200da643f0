using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>Revisions and epochs as values: whatever arrives in whatever order, the same readings come to the same charge.</summary>
public sealed class RevisionTests
{
    private const string Contract = "ctr_1";
    private static readonly ChargeParties Parties = new(Contract, "c", "o", "z", Currency.Cny, "CN", "h");
    private static readonly PriceVersion CardHour = new(1, "card-hour", 3600, 10, 8.5m, 0.05m, 0.19m);
    private static readonly PriceVersion Tokens = new(1, "million-token", 1_000_000, 12.5m, 9m, 0.05m, 0.19m);
    private static readonly Dictionary<string, PriceVersion> Prices = new(StringComparer.Ordinal)
    {
        [MeterRule.CardSeconds] = CardHour,
        ["tokens"] = Tokens,
    };

    [Fact]
    public void Any_order_repetition_and_loss_of_readings_with_wrong_first_reports_and_resets_costs_what_the_counters_say() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            seed =>
            {
                var world = MeterWorld.Of(seed, Contract, MeterRule.CardSeconds);
                // A hold that covers some of it, so that corrections give back to both.
                long hold = seed % 400_000;
                var intake = new MemoryIntake(Parties, Prices, hold);
                foreach (UsageReading[] call in world.Calls())
                    intake.Take(call);
                Share worth = world.Worth(CardHour);
                return intake.Charged == worth
                    && intake.CardSeconds == world.Truth.Values.Sum()
                    && world.Truth.All(t => intake.Meters[t.Key].State.Quantity == t.Value)
                    // What the customer gave is what it was charged.
                    && hold - intake.Held - intake.Available + intake.Owed == worth.Net + worth.Tax
                    && intake is { Owed: >= 0, Held: >= 0 };
            },
            1500
        );

    [Fact]
    public void Meters_of_different_units_are_charged_each_at_its_price_and_only_card_seconds_are_counted_as_such() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            seed =>
            {
                var world = MeterWorld.Of(seed, Contract, MeterRule.CardSeconds, "tokens");
                var intake = new MemoryIntake(Parties, Prices, 0);
                foreach (UsageReading[] call in world.Calls())
                    intake.Take(call);
                var byMeter = world.Truth.ToLookup(t => t.Key.Meter, t => t.Value);
                Share worth =
                    RatingRule.Rate(byMeter[MeterRule.CardSeconds].Sum(), CardHour).Share
                    + RatingRule.Rate(byMeter["tokens"].Sum(), Tokens).Share;
                return intake.Charged == worth && intake.CardSeconds == byMeter[MeterRule.CardSeconds].Sum();
            },
            300
        );

    private static UsageReading Reading(
        decimal quantity,
        int minute,
        int revision = 0,
        int epoch = 0,
        bool final = false,
        string? id = null
    ) =>
        new(
            "agent",
            id ?? $"{minute}/{revision}/{epoch}/{quantity}",
            Contract,
            "alc",
            MeterRule.CardSeconds,
            quantity,
            MeterWorld.Start.AddMinutes(minute - 1),
            MeterWorld.Start.AddMinutes(minute),
            final
        )
        {
            Revision = revision,
            Epoch = epoch,
        };

    private static MemoryIntake Intake() => new(Parties, Prices, 1_000_000_000);

    [Fact]
    public void A_higher_revision_of_the_same_window_corrects_and_the_same_revision_with_another_quantity_is_set_aside()
    {
        var intake = Intake();
        intake.Take([Reading(3600, 60)]);
        IntakePlan down = intake.Take([Reading(1800, 60, revision: 1)]);
        Assert.Equal(ReadingOutcome.Accepted, Assert.Single(down.Readings).Outcome);
        RatedLineDraft line = Assert.Single(down.Lines);
        Assert.Equal((-1800m, "correction"), (line.Quantity, line.Adjustment));
        Assert.Equal("usage-correction", Assert.Single(down.Journals).Kind);
        Assert.Equal(5_000_000, intake.Charged.Net);

        IntakePlan other = intake.Take([Reading(1700, 60, revision: 1)]);
        Assert.Equal("same-revision", Assert.Single(other.Quarantine).Reason);
        IntakePlan old = intake.Take([Reading(9000, 60, revision: 0, id: "again")]);
        Assert.Empty(old.Quarantine);
        Assert.Empty(old.Lines);
        // The same id with another payload, whatever its revision.
        IntakePlan reused = intake.Take([Reading(1700, 60, revision: 2, id: "60/1/0/1800")]);
        Assert.Equal("other-payload", Assert.Single(reused.Quarantine).Reason);
    }

    [Fact]
    public void A_counter_that_falls_in_one_epoch_is_set_aside_and_in_the_next_epoch_it_adds()
    {
        var intake = Intake();
        intake.Take([Reading(3600, 60)]);
        Assert.Equal("counter-fell", Assert.Single(intake.Take([Reading(10, 61)]).Quarantine).Reason);
        intake.Take([Reading(36, 61, epoch: 1)]);
        Assert.Equal(10_100_000, intake.Charged.Net);
        // What fell stays aside, also when the counter goes on.
        IntakePlan on = intake.Take([Reading(7200, 62)]);
        Assert.Empty(on.Released);
    }

    [Fact]
    public void A_correction_lets_in_what_contradicted_the_wrong_reading()
    {
        var intake = Intake();
        intake.Take([Reading(7200, 60)]);
        Assert.Equal("counter-fell", Assert.Single(intake.Take([Reading(3700, 61)]).Quarantine).Reason);
        IntakePlan corrected = intake.Take([Reading(3600, 60, revision: 1)]);
        Assert.Equal(ReadingOutcome.Accepted, Assert.Single(corrected.Released).Result);
        Assert.Equal(3700, intake.CardSeconds);
    }

    [Fact]
    public void What_comes_after_its_time_was_invoiced_or_closed_is_flagged_and_keeps_its_window()
    {
        IntakePlan Plan(DateTimeOffset? invoiced, DateTimeOffset? closed, UsageReading reading) =>
            IntakePlanner.Plan(
                new IntakeState(
                    new Dictionary<string, ContractState>(StringComparer.Ordinal)
                    {
                        [Contract] = new ContractState(Parties, "ord", Prices, default, null, false) { InvoicedThrough = invoiced },
                    },
                    new Dictionary<MeterKey, BookedMeter>(),
                    new Dictionary<EventKey, byte[]>(),
                    new Dictionary<string, HoldCover>(StringComparer.Ordinal),
                    closed,
                    MeterWorld.Start.AddDays(1)
                ),
                [reading],
                prefix => prefix + "_1"
            );
        UsageReading hour = Reading(3600, 60);
        DateTimeOffset end = hour.To;
        Assert.Null(Assert.Single(Plan(null, null, hour).Lines).Adjustment);
        Assert.Null(Assert.Single(Plan(end.AddTicks(-1), end.AddTicks(-1), hour).Lines).Adjustment);
        foreach (IntakePlan late in new[] { Plan(end, null, hour), Plan(null, end, hour) })
        {
            RatedLineDraft line = Assert.Single(late.Lines);
            Assert.Equal(("late", hour.From, hour.To), (line.Adjustment, line.From, line.Reading.To));
        }
        // Booked in the open period all the same.
        Assert.Equal(end.AddHours(3), Assert.Single(Plan(null, end.AddHours(3), hour).Journals).EffectiveAt);
    }

    [Theory]
    [InlineData(10, 0, true, 0, 10, 0)]
    [InlineData(10, 4, true, 4, 6, 0)]
    [InlineData(10, 4, false, 4, 0, 6)]
    [InlineData(10, 40, false, 10, 0, 0)]
    [InlineData(10, -3, false, 0, 0, 10)]
    [InlineData(0, 5, true, 0, 0, 0)]
    public void Money_goes_back_off_the_debt_first_then_where_it_came_from(
        long micros,
        long owed,
        bool open,
        long off,
        long held,
        long credit
    ) => Assert.Equal(new Refund(off, held, credit), Refund.Of(micros, owed, open));

    [Fact]
    public void A_correction_moves_every_part_back_and_names_the_hold()
    {
        var share = new Share(-10, -2, -7, -2, -1);
        JournalDraft draft = Postings.UsageCorrection(Parties, share, -4, 3, "usage-dispute", "udi_1", "Dispute upheld", default);
        Assert.Equal("usage-correction", draft.Kind);
        long Moved(AccountRef account) =>
            draft.Legs.Where(l => l.Credit == account).Sum(l => l.Micros) - draft.Legs.Where(l => l.Debit == account).Sum(l => l.Micros);
        Assert.Equal(
            (-7, -2, -1, -2, 4, 3, 5),
            (
                Moved(Chart.CenterPending("z", Currency.Cny)),
                Moved(Chart.OperatorPending("o", Currency.Cny)),
                Moved(Chart.Commission(Currency.Cny)),
                Moved(Chart.Tax("CN", Currency.Cny)),
                Moved(Chart.Unbilled("c", Currency.Cny)),
                Moved(Chart.Available("c", Currency.Cny)),
                Moved(Chart.Held("c", Currency.Cny))
            )
        );
        Assert.All(draft.Legs, l => Assert.Equal(l.Debit.Kind == "customer.held" || l.Credit.Kind == "customer.held" ? "h" : null, l.Hold));
    }
}
