using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Components.Features.Payouts;

/// <summary>The bank's file for the person who is signed in: below /api a cookie does not count.</summary>
internal static class PayoutDownloads
{
    private const string Path = "/downloads/payout-file";

    public static string Address(string fileId, string format) => $"{Path}?id={Uri.EscapeDataString(fileId)}&format={format}";

    public static void MapPayoutDownloads(this IEndpointRouteBuilder routes) => routes.MapGet(Path, DownloadAsync).ExcludeFromDescription();

    private static async Task<IResult> DownloadAsync(
        string id,
        string format,
        ActorContext actor,
        IServiceProvider services,
        CancellationToken ct
    ) =>
        actor.TryGet() is null
            ? Results.LocalRedirect("/sign-in")
            : new ApiFile(await services.GetRequiredService<IPayouts>().DownloadAsync(id, format, ct));
}
