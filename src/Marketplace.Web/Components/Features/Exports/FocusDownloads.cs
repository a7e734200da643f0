using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Components.Features.Exports;

/// <summary>The same file as the API's for the person who is signed in: below /api a cookie does not count.</summary>
internal static class FocusDownloads
{
    public const string Path = "/downloads/focus";

    public static void MapFocusDownloads(this IEndpointRouteBuilder routes) => routes.MapGet(Path, Download).ExcludeFromDescription();

    private static IResult Download(
        DateTimeOffset from,
        DateTimeOffset to,
        string version,
        string role,
        ActorContext actor,
        IServiceProvider services
    )
    {
        if (actor.TryGet() is not { } person)
            return Results.LocalRedirect("/sign-in");
        return new ApiFile(
            person.Check(Permission.MoneyRead) is { } refused
                ? Outcome<FileDownload>.Fail(refused)
                : services.GetRequiredService<IExports>().Focus(new FocusQuery(from, to) { Version = version, Role = role })
        );
    }
}
