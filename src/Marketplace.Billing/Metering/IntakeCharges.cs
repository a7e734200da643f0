using Marketplace.Billing.Contracts;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Metering;

/// <summary>Charges the windows of a batch: what each comes to, and the lines of a bill that say so.</summary>
/// <param name="newId">Makes an id from a prefix.</param>
internal sealed class IntakeCharges(IntakeState state, IntakeSettlement settlement, Func<string, string> newId)
{
    private readonly List<RatedLineDraft> lines = [];
    private readonly List<JournalDraft> served = [];
    private readonly List<JoinedLine> joined = [];
    private readonly WindowRater rater = new(state.Rating);
    private readonly Dictionary<(AllocationMeter, DateTimeOffset), DisputedWindow> disputed = new(state.Disputes.Windows);

    public IReadOnlyList<RatedLineDraft> Lines => lines;

    /// <summary>What reservations have earned.</summary>
    public IReadOnlyList<JournalDraft> Served => served;

    /// <summary>Lines that belong to a dispute of their window.</summary>
    public IReadOnlyList<JoinedLine> Joined => joined;

    public BookedMeter Charge(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        BookedMeter meter,
        ContractTally tally,
        bool correction
    )
    {
        decimal quantity = MeterRule.Quantity(reading);
        tally.Through = Moments.Later(reading.To, tally.Through);
        tally.AllFinal &= reading.Final;
        decimal used = quantity - meter.State.Quantity;
        LastWindow last = correction
            ? LastOf(meter, reading)
            : new(meter.State.Through ?? reading.From, meter.State.Quantity, meter.OnDemand);
        Rated booked = meter.Booked;
        Metered onDemand = meter.OnDemand;
        if (used != 0)
        {
            bool cards = reading.Meter == MeterRule.CardSeconds;
            RatedWindow window = rater.Rate(
                AllocationMeter.Of(reading),
                price,
                new WindowChange(last, reading.To, quantity, meter.Reserved, meter.OnDemand),
                reservable: cards
            );
            AddLines(reading, contract, price, last.From, window, tally, correction);
            booked += window.Charge;
            onDemand += window.OnDemand;
            if (cards)
                tally.Quantity += used;
            tally.Corrects |= correction;
        }
        MeterState now = meter.State with { Quantity = quantity, Through = reading.To, Final = reading.Final, Revision = reading.Revision };
        return new BookedMeter(now, booked) { OnDemand = onDemand, Last = last };
    }

    // A window that is told anew keeps its service period. Of what was told before windows were kept nothing was reserved or weighed, and
    // everything may count as its window.
    private static LastWindow LastOf(BookedMeter meter, UsageReading reading) =>
        meter.Last ?? new LastWindow(Moments.Earlier(reading.From, reading.To), 0, default);

    private void AddLines(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        DateTimeOffset from,
        RatedWindow window,
        ContractTally tally,
        bool correction
    )
    {
        string? adjustment =
            correction ? Adjustments.Correction
            : IsLate(contract, reading) ? Adjustments.Late
            : null;
        RatedLineDraft Line(decimal quantity, decimal exact, Share share, long uncovered) =>
            new(newId(IntakePlanner.LinePrefix), reading, contract, price.Version, from, quantity, exact, share, uncovered, adjustment);

        foreach (ReservationDraw draw in window.Draws)
        {
            RatedLineDraft line = Line(draw.Quantity, 0, default, 0);
            lines.Add(line with { Kind = ChargeKinds.Reserved, Draw = Serve(line.Id, reading, contract, draw) });
        }
        if (window.Kept > 0)
            lines.Add(Line(-window.Kept, 0, default, 0) with { Kind = ChargeKinds.Reserved });
        if (window.OnDemand == default && window.Charge == default)
            return;
        RatedLineDraft charge = Line(window.OnDemand.Quantity, window.Charge.Exact, window.Charge.Share, 0) with
        {
            Weighted = price.Hours is null ? null : window.OnDemand.Weighted,
            Reserved = window.Reserved,
        };
        RatedLineDraft? back = correction ? Follow(charge, tally) : null;
        // Settled together: what is taken back and charged again at once leaves hold, debt and credit where they are.
        Share share = charge.Share + (back?.Share ?? default);
        long uncovered = settlement.Settle(contract, checked(share.Net + share.Tax), tally);
        lines.Add(charge with { Uncovered = uncovered });
        if (back is not null)
            lines.Add(back);
        tally.Share += share;
        tally.Uncovered = checked(tally.Uncovered + uncovered);
    }

    // A correction belongs to the dispute of its window. Upheld, what the dispute gives back follows by a line of its own.
    private RatedLineDraft? Follow(RatedLineDraft correction, ContractTally tally)
    {
        var window = (AllocationMeter.Of(correction.Reading), correction.Reading.To);
        if (!disputed.TryGetValue(window, out DisputedWindow? dispute))
            return null;
        joined.Add(new JoinedLine(correction.Id, dispute.DisputeId, correction.Reading.ContractId, dispute.Portion));
        var (back, after) = dispute.Follow(new ChargedAmount(correction.Quantity, new Rated(correction.Exact, correction.Share)));
        disputed[window] = after;
        if (back == default)
            return null;
        if (correction.Reading.Meter == MeterRule.CardSeconds)
            tally.Quantity += back.Quantity;
        return new RatedLineDraft(
            newId(IntakePlanner.LinePrefix),
            correction.Reading,
            correction.Contract,
            correction.PriceVersion,
            correction.From,
            back.Quantity,
            back.Charge.Exact,
            back.Charge.Share,
            0,
            Adjustments.Dispute
        )
        {
            CorrectsId = correction.Id,
        };
    }

    // Paid ahead: nothing is charged, and what was deferred is earned; or deferred again, when less was used.
    private LineDraw Serve(string lineId, UsageReading reading, ContractState contract, ReservationDraw draw)
    {
        if (draw.Earned.IsZero)
            return new LineDraw(draw.ReservationId, null);
        string journalId = newId(IntakePlanner.JournalPrefix);
        DateTimeOffset at = state.EffectiveAt(reading.To);
        served.Add(
            Postings.ReservationServed(draw.ReservationId, contract.Parties, draw.Earned, $"served/{lineId}", at) with
            {
                Id = journalId,
            }
        );
        return new LineDraw(draw.ReservationId, journalId);
    }

    // The whole of its time was invoiced or closed without it.
    private bool IsLate(ContractState contract, UsageReading reading) =>
        reading.To <= (contract.InvoicedThrough ?? DateTimeOffset.MinValue)
        || reading.To <= (state.ClosedThrough ?? DateTimeOffset.MinValue);
}
