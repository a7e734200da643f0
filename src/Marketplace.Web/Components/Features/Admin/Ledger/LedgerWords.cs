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

    public static string AccountHref(string accountId) => "/admin/ledger/accounts/" + Uri.EscapeDataString(accountId);

    public static string AccountHref(string code, string currency) => AccountHref($"{code}~{currency}");

    public static string JournalHref(string journalId) => "/admin/ledger/journals/" + journalId;
}
