using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Ledger;

/// <summary>REST: the books. Parties read their own side; the trial balance and the seal chain are the network desk's.</summary>
internal static class LedgerEndpoints
{
    private static readonly ListRules Accounts = ListRules.ByKey(
        AccountOrder.Fields,
        (sort, cursor) => AccountOrder.Parse(sort).IsCursor(cursor)
    );

    // The ledger's order is the order of recording, either way round: one index serves every party's view of it.
    private static readonly ListRules Journals = ListRules.ByKey(
        [LedgerReader.RecordedAt],
        (_, cursor) => LedgerReader.ParseCursor(cursor) is not null
    );

    private static readonly ListRules AccountLegRules = ListRules.ByKey([LedgerReader.RecordedAt], AccountLegs.IsCursor);

    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/ledger").WithTags("Ledger");
        ledger.MapGet("/accounts", ListAccounts).RequirePermission(Permission.MoneyRead).WithSummary("List your accounts");
        ledger.MapGet("/accounts/{accountId}", GetAccount).RequirePermission(Permission.MoneyRead).WithSummary("Read an account");
        ledger
            .MapGet("/accounts/{accountId}/legs", ListAccountLegs)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("List an account's legs with the balance after each");
        ledger.MapGet("/journals", ListJournals).RequirePermission(Permission.MoneyRead).WithSummary("List journals with their legs");
        ledger
            .MapGet("/journals/{journalId}", GetJournal)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read a journal with its seal");
        ledger
            .MapGet("/trial-balance", GetTrialBalance)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("Read the last check of the books: trial balance and invariants");
        ledger.MapGet("/seals", GetSeals).RequirePermission(Permission.PlatformRead).WithSummary("Read where the seal chain stands");
    }

    private static async Task<ApiPage<AccountView>> ListAccounts(
        [AsParameters] ListParameters list,
        [FromQuery(Name = "class")] string? accountClass,
        string? currency,
        string? partyId,
        ILedger ledger,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new AccountQuery
            {
                Class = accountClass,
                Currency = currency,
                PartyId = partyId,
            },
            Accounts,
            q => ledger.AccountsAsync(q, ct)
        );

    private static async Task<ApiResult<AccountView>> GetAccount(string accountId, ILedger ledger, CancellationToken ct) =>
        (await ledger.FindAccountAsync(accountId, ct)).OrNotFound("account", accountId);

    private static async Task<ApiPage<AccountLegView>> ListAccountLegs(
        string accountId,
        [AsParameters] ListParameters list,
        ILedger ledger,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), AccountLegRules, q => ledger.AccountLegsAsync(accountId, q, ct));

    private static async Task<ApiResult<JournalDetail>> GetJournal(string journalId, ILedger ledger, CancellationToken ct) =>
        (await ledger.FindJournalAsync(journalId, ct)).OrNotFound("journal", journalId);

    private static async Task<ApiResult<BooksReport>> GetTrialBalance(ILedger ledger, CancellationToken ct) =>
        (await ledger.LastBooksAsync(ct)).OrNotFound("trial balance", "latest");

    private static async Task<ApiResult<SealStanding>> GetSeals(ILedger ledger, CancellationToken ct) =>
        Outcome<SealStanding>.Ok(await ledger.SealsAsync(ct)).ToResult();

    private static async Task<ApiPage<JournalView>> ListJournals(
        [AsParameters] ListParameters list,
        string? account,
        string? kind,
        string? groupId,
        ILedger ledger,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new JournalQuery
            {
                Account = account,
                Kind = kind,
                GroupId = groupId,
            },
            Journals,
            q => ledger.JournalsAsync(q, ct)
        );
}
