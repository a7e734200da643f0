using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Components.Features.Costs;

/// <summary>Costs by group as CSV, with names, for the person who is signed in: below /api a cookie does not count.</summary>
internal static class CostDownloads
{
    private const string Path = "/downloads/costs";

    public static string Address(string side, string by, string currency, DateTimeOffset from, DateTimeOffset to) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Path}?side={side}&by={by}&currency={currency}&from={from.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}&to={to.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"
        );

    public static void MapCostDownloads(this IEndpointRouteBuilder routes) => routes.MapGet(Path, DownloadAsync).ExcludeFromDescription();

    private static async Task<IResult> DownloadAsync(
        string side,
        string by,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        ActorContext actor,
        IServiceProvider services,
        CancellationToken ct
    )
    {
        if (actor.TryGet() is not { } person)
            return Results.LocalRedirect("/sign-in");
        if (person.Check(Permission.MoneyRead) is { } refused)
            return new ApiFile(Outcome<FileDownload>.Fail(refused));
        var costs = services.GetRequiredService<ICosts>();
        var report = await costs.ReportAsync(new CostQuery(by, currency, from, to) { Side = side }, ct);
        if (!report.IsOk)
            return new ApiFile(Outcome<FileDownload>.Fail(report.Problem));
        var names = await GroupNames.FindAsync(
            services,
            by,
            report.Value.Groups.OrderByDescending(g => g.Amount.Micros).Select(g => g.Key),
            ct
        );
        return new ApiFile(Outcome<FileDownload>.Ok(costs.Csv(report.Value, names)));
    }
}
