using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>The acting party's saved cards. Cards live at Stripe; nothing of them is kept here.</summary>
internal sealed class StripePaymentMethods(
    StripeClient stripe,
    StripeCustomers customers,
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    IOptions<BillingOptions> options
) : IPaymentMethods
{
    public async Task<Outcome<IReadOnlyList<PaymentMethodView>>> ListAsync(CancellationToken ct)
    {
        if (Refused(Permission.MoneyRead) is { } refused)
            return refused;
        return await customers.FindAsync(actor.Current.PartyId, ct) is { } customer
            ? await OfAsync(customer, ct)
            : Outcome<IReadOnlyList<PaymentMethodView>>.Ok([]);
    }

    public async Task<Outcome<MethodSetup>> BeginAsync(CancellationToken ct)
    {
        var begun = await IntendAsync(ct);
        return begun.Map(i => new MethodSetup(i.Id, i.ClientSecret ?? ""));
    }

    public async Task<Outcome<Uri?>> AddTestCardAsync(string token, CancellationToken ct)
    {
        if (!options.Value.Stripe.IsTest)
            return Problem.Forbidden("Test cards work in test mode only.");
        if (token is null || !token.StartsWith("pm_card_", StringComparison.Ordinal))
            return Problem.Invalid("/token", $"'{token}' is not a test card.", "Use one of Stripe's test methods, such as pm_card_visa.");
        var begun = await IntendAsync(ct);
        if (!begun.IsOk)
            return begun.Problem;
        var confirmed = await stripe.ConfirmSetupIntentAsync(
            begun.Value.Id,
            token,
            options.Value.Stripe.ReturnUrl,
            ids.New(IdPrefix.Operation),
            ct
        );
        if (confirmed.Error is { } error)
            return error.Type == "card_error" ? Problem.Conflict("card-declined", error.Words) : NoAnswer(error);
        StripeSetupIntent intent = confirmed.Must();
        if (intent is { Status: "succeeded", PaymentMethod: { } method })
            await FirstIsDefaultAsync(actor.Current.PartyId, method.Id, ct);
        return intent.NextAction?.RedirectToUrl is { } redirect ? Outcome<Uri?>.Ok(new Uri(redirect.Url)) : Outcome<Uri?>.Ok(null);
    }

    public async Task<Outcome<Done>> MakeDefaultAsync(string methodId, CancellationToken ct)
    {
        var own = await OwnAsync(methodId, ct);
        if (!own.IsOk)
            return own.Problem;
        var set = await stripe.SetDefaultMethodAsync(own.Value, methodId, ids.New(IdPrefix.Operation), ct);
        return set.Error is { } error ? NoAnswer(error) : await NoteAsync("payment-method.default", methodId, ct);
    }

    public async Task<Outcome<Done>> RemoveAsync(string methodId, CancellationToken ct)
    {
        var own = await OwnAsync(methodId, ct);
        if (!own.IsOk)
            return own.Problem;
        var removed = await stripe.DetachMethodAsync(methodId, ids.New(IdPrefix.Operation), ct);
        return removed.Error is { } error ? NoAnswer(error) : await NoteAsync("payment-method.removed", methodId, ct);
    }

    /// <summary>The first saved method becomes the default, wherever it was saved.</summary>
    public async Task FirstIsDefaultAsync(string partyId, string methodId, CancellationToken ct)
    {
        if (await customers.FindAsync(partyId, ct) is not { } customer)
            return;
        var found = await stripe.GetCustomerAsync(customer, ct);
        if (found.Value is { InvoiceSettings.DefaultPaymentMethod: null })
            (await stripe.SetDefaultMethodAsync(customer, methodId, $"default/{customer}/{methodId}", ct)).Must();
    }

    private async Task<Outcome<StripeSetupIntent>> IntendAsync(CancellationToken ct)
    {
        if (Refused(Permission.MoneyWrite) is { } refused)
            return refused;
        if (await customers.ReferenceAsync(actor.Current.PartyId, ct) is not { } customer)
            return Unavailable();
        var begun = await stripe.CreateSetupIntentAsync(customer, actor.Current.PartyId, ids.New(IdPrefix.Operation), ct);
        return begun.Error is { } error ? NoAnswer(error) : begun.Must();
    }

    /// <returns>The party's customer, when the method is one of its own.</returns>
    private async Task<Outcome<string>> OwnAsync(string methodId, CancellationToken ct)
    {
        if (Refused(Permission.MoneyWrite) is { } refused)
            return refused;
        if (await customers.FindAsync(actor.Current.PartyId, ct) is not { } customer)
            return Problem.NotFound("payment method", methodId);
        var methods = await OfAsync(customer, ct);
        if (!methods.IsOk)
            return methods.Problem;
        return methods.Value.Any(m => m.Id == methodId) ? Outcome<string>.Ok(customer) : Problem.NotFound("payment method", methodId);
    }

    private async Task<Outcome<IReadOnlyList<PaymentMethodView>>> OfAsync(string customer, CancellationToken ct)
    {
        var owner = await stripe.GetCustomerAsync(customer, ct);
        var listed = await stripe.ListMethodsAsync(customer, ct);
        if ((owner.Error ?? listed.Error) is { } error)
            return NoAnswer(error);
        string? first = owner.Must().InvoiceSettings?.DefaultPaymentMethod?.Id;
        return Outcome<IReadOnlyList<PaymentMethodView>>.Ok([
            .. listed
                .Must()
                .Data.Where(m => m.Card is not null)
                .Select(m => new PaymentMethodView(m.Id, m.Card!.Brand, m.Card.Last4, m.Card.ExpMonth, m.Card.ExpYear, m.Id == first)),
        ]);
    }

    private async Task<Outcome<Done>> NoteAsync(string what, string methodId, CancellationToken ct)
    {
        Platform.Audit.Auditing.Audit(db, what, "payment-method", methodId);
        await db.SaveChangesAsync(ct);
        return Done.Value;
    }

    private Problem? Refused(Permission permission) =>
        actor.Current.Check(permission)
        ?? (actor.Current.PartyId.Length == 0 ? Problem.Forbidden("Methods belong to an organisation. Act for one.") : null);

    private static Problem NoAnswer(StripeError error) => error.IsUnknown ? Unavailable() : throw error.ToBug();

    internal static Problem Unavailable() =>
        new(
            ProblemKind.Unavailable,
            "provider-unavailable",
            "The payment provider does not answer",
            "The payment provider does not answer at the moment. Try again in a minute."
        );
}
