using System.Text;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Market.Domain;

[Global("Names and kinds of organisations are public inside the network; only the network desk decides their state.")]
internal sealed class MarketParty
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Badge { get; init; }
    public required PartyKinds Kinds { get; init; }
    public required PartyState State { get; set; }
    public required string Country { get; init; }
    public required string Currency { get; init; }
    public string? Reason { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? DecidedBy { get; set; }
    public int Revision { get; set; } = 1;

    public bool IsApproved => State == PartyState.Approved;

    /// <param name="actor">The reason of a decision is between the party and the network desk.</param>
    public PartyView View(Actor actor) =>
        new(Id, Name, Badge, Kinds, State, Country, Currency, actor.SeesAll || actor.PartyId == Id ? Reason : null, CreatedAt)
        {
            Revision = Revision,
        };

    /// <summary>Two characters for the square badge: initials of the first two words, else the first two letters.</summary>
    public static string BadgeOf(string name)
    {
        string[] words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] firsts =
        [
            .. words
                .Select(word => word.EnumerateRunes().FirstOrDefault(Rune.IsLetterOrDigit))
                .Where(r => r.Value != 0)
                .Select(r => r.ToString()),
        ];
        string badge =
            firsts.Length >= 2
                ? firsts[0] + firsts[1]
                : string.Concat(name.EnumerateRunes().Where(Rune.IsLetterOrDigit).Take(2).Select(r => r.ToString()));
        return badge.Length == 0 ? "–" : badge.ToUpperInvariant();
    }
}
