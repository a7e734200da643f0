using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Disputes;

/// <summary>A disputed charge.</summary>
/// <param name="Portion">The part of its window that is disputed, 0 to 1.</param>
internal sealed record DisputedLine(string Id, decimal Quantity, decimal Exact, Share Share, decimal Portion);

/// <summary>What takes a charge back: the same with the other sign, in proportion.</summary>
/// <param name="Uncovered">Off what the customer owes; ≤ 0.</param>
internal sealed record CorrectingLine(string CorrectsId, decimal Quantity, decimal Exact, Share Share, long Uncovered);

/// <param name="ToAvailable">Of the whole, what goes to the customer's credit, micro-units.</param>
internal sealed record Correction(IReadOnlyList<CorrectingLine> Lines, Share Share, long Uncovered, long ToAvailable);

/// <summary>Decides what an upheld dispute takes back.</summary>
internal static class CorrectionRule
{
    /// <param name="share">What of the disputed part goes back, 0 to 1.</param>
    /// <param name="owed">What the customer owes for this contract and no invoice asks for, micro-units.</param>
    public static Correction Of(IReadOnlyList<DisputedLine> lines, decimal share, long owed, bool holdIsOpen)
    {
        // What was given back of a line before is a line among them: all of them together say what goes back now.
        var parts = lines
            .Select(l =>
                (Line: l, Back: default(ChargedAmount) - new ChargedAmount(l.Quantity, new Rated(l.Exact, l.Share)).Part(l.Portion * share))
            )
            .ToList();
        Share total = parts.Aggregate(default(Share), (sum, p) => sum + p.Back.Charge.Share);
        if (total.Net + total.Tax >= 0)
            return new Correction([], default, 0, 0);
        Refund refund = Refund.Of(checked(-total.Net - total.Tax), owed, holdIsOpen);
        var corrections = new List<CorrectingLine>(lines.Count);
        long debt = refund.Owed;
        foreach (var (line, back) in parts.Where(p => !p.Back.Charge.Share.IsZero))
        {
            Share its = back.Charge.Share;
            long off = Math.Clamp(-its.Net - its.Tax, 0, debt);
            debt -= off;
            corrections.Add(new CorrectingLine(line.Id, back.Quantity, back.Charge.Exact, its, -off));
        }
        return new Correction(corrections, total, -refund.Owed, refund.Available);
    }
}
