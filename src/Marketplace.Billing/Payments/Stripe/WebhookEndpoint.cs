using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// <c>POST /webhooks/stripe</c>: checks the signature over the raw body, keeps the event, answers. Nothing is done with it here, so the answer is
/// quick whatever happens.
/// </summary>
internal static class WebhookEndpoint
{
    /// <summary>Stripe's events are far smaller.</summary>
    private const int MaxBytes = 1 << 20;

    public static void MapWebhook(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/webhooks/stripe", ReceiveAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription()
            .WithMetadata(new RequestSizeLimitAttribute(MaxBytes));

    private static async Task<Results<Ok, NotFound, BadRequest<string>>> ReceiveAsync(
        HttpRequest request,
        IServiceScopeFactory scopes,
        IOptions<BillingOptions> options,
        CancellationToken ct
    )
    {
        if (!options.Value.Stripe.IsOn)
            return TypedResults.NotFound();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        string? signature = request.Headers["Stripe-Signature"] is [{ } given] ? given : null;
        Received received = await scopes.ActAsync<WebhookInbox, Received>(
            Actor.System,
            inbox => inbox.ReceiveAsync(signature, body.ToArray(), ct)
        );
        return received switch
        {
            Received.Kept => TypedResults.Ok(),
            Received.Forged => TypedResults.BadRequest("The signature does not match. Check Billing:Stripe:WebhookSecret."),
            _ => TypedResults.BadRequest("This is not an event."),
        };
    }
}
