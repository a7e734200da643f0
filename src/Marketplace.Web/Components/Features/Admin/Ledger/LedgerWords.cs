using Marketplace.Market.Contracts;
using Marketplace.Web.Identity.Acting;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin.Ledger;

/// <summary>The ledger in words, shared by its pages.</summary>
internal static class LedgerWords
{
    /// <summary>A journal's kind for people; one without a text shows itself.</summary>
    public static string Kind(IStringLocalizer<LedgerText> text, string kind) =>
        text[$"Kind.{kind}"] is { ResourceNotFound: false } known ? known : kind;

    /// <summary>What an account is, without whose: the code up to the colon, in words.</summary>
    public static string Account(IStringLocalizer<LedgerText> text, string code)
    {
        string kind = code.Split(':')[0];
        return text[$"Account.{kind}"] is { ResourceNotFound: false } known ? known : kind;
    }

    /// <summary>Nobody's name is known yet.</summary>
    public static IReadOnlyDictionary<string, PartyView> NoOwners { get; } = new Dictionary<string, PartyView>(StringComparer.Ordinal);

    /// <summary>What stands after the colon of an account's code: a party's id, a country; null when there is nothing.</summary>
    public static string? Qualifier(string code) =>
        code.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at ? code[(at + 1)..] : null;

    /// <summary>The parties these accounts belong to, by their id.</summary>
    public static Task<IReadOnlyDictionary<string, PartyView>> OwnersAsync(
        PortalActions actions,
        IEnumerable<string> codes,
        CancellationToken ct
    )
    {
        string[] parties = [.. codes.Select(Qualifier).OfType<string>().Distinct(StringComparer.Ordinal)];
        return actions.RunAsync<IParties, IReadOnlyDictionary<string, PartyView>>(p => p.FindManyAsync(parties, ct));
    }

    public static string AccountHref(string accountId) => "/admin/ledger/accounts/" + Uri.EscapeDataString(accountId);

    public static string AccountHref(string code, string currency) => AccountHref($"{code}~{currency}");

    public static string JournalHref(string journalId) => "/admin/ledger/journals/" + journalId;
}
