using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Billing.Ledger;

/// <summary>One movement: debited here and credited there by the same amount, so it cannot be unbalanced.</summary>
/// <param name="Micros">&gt; 0.</param>
/// <param name="Hold">The hold's reference, exactly when one side is held money.</param>
internal sealed record LegDraft(AccountRef Debit, AccountRef Credit, long Micros, string? Hold = null);

/// <summary>A journal that has not been posted: what a rule of <see cref="Postings"/> decides.</summary>
/// <param name="Source">With <paramref name="Key"/>, what makes it unique: posting it again changes nothing.</param>
/// <param name="GroupId">What it belongs to, for example a contract.</param>
/// <param name="Reason">Why, in a few words, for whoever reads the books.</param>
internal sealed record JournalDraft(
    string Kind,
    string Source,
    string Key,
    DateTimeOffset EffectiveAt,
    string? GroupId,
    string Reason,
    IReadOnlyList<LegDraft> Legs
)
{
    /// <summary>Set by the shell; a rule has no ids to give.</summary>
    public string Id { get; init; } = "";
    public string? ReversesId { get; init; }

    /// <summary>
    /// Tells a repetition from another request under the same key. Time is not part of it: a repetition comes later.
    /// </summary>
    public byte[] RequestHash()
    {
        var text = new StringBuilder(Kind).Append('\n').Append(GroupId).Append('\n').Append(ReversesId);
        foreach (LegDraft leg in Legs)
        {
            text.Append('\n')
                .Append(leg.Debit.Code)
                .Append('|')
                .Append(leg.Credit.Code)
                .Append('|')
                .Append(leg.Debit.Currency)
                .Append('|')
                .Append(leg.Micros.ToString(CultureInfo.InvariantCulture))
                .Append('|')
                .Append(leg.Hold);
        }
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
