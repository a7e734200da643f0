using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform;
using Marketplace.Platform.Jobs;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Endpoints;
using Marketplace.Web.Identity.Keys;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Setup;
using Marketplace.Web.Identity.Team;
using Marketplace.Web.Identity.Tokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity;

/// <summary>People, organisations' teams, sessions, credentials and the token issuer.</summary>
internal static class IdentityModule
{
    private const string AnyScheme = "Any";

    public static void AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IdentityOptions>().Bind(configuration.GetSection("Identity")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();
        services.AddOptions<SetupOptions>().Bind(configuration.GetSection("Setup")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SetupOptions>, SetupOptionsValidator>();
        services.AddModelPart<IdentityText>();
        services.AddScoped<IPasswordHasher<Person>, PasswordHasher<Person>>();
        services.AddScoped<Passwords>().AddScoped<PersonFactory>().AddScoped<OneTimeTokens>();
        services.AddScoped<SignUp>().AddScoped<SignIn>().AddScoped<PasswordReset>().AddScoped<EmailConfirmation>().AddScoped<Profile>();
        services.AddScoped<FirstDesk>();
        services
            .AddScoped<SessionDesk>()
            .AddScoped<TeamSessions>()
            .AddScoped<Members>()
            .AddScoped<Invitations>()
            .AddScoped<AcceptInvitation>();
        services.AddScoped<MemberNames>().AddScoped<IMemberNames>(s => s.GetRequiredService<MemberNames>());
        services.AddScoped<CredentialRules>().AddScoped<CredentialList>().AddScoped<ApiKeys>().AddScoped<OAuthClients>();
        services.AddScoped<BillingRecipients>();
        services.AddMessageHandler<InvoiceIssued, InvoiceMails>();
        services.AddMessageHandler<CreditNoteIssued, CreditNoteMails>();
        services.AddScoped<Mailbox>().AddScoped<LocalOutbox>().AddScoped<IdentitySeed>();
        services.AddSingleton<PublicLinks>().AddSingleton<ActorResolver>().AddSingleton<CredentialCheck>();
        services.AddSingleton<SigningKeyRing>().AddSingleton<AccessTokens>().AddSingleton<MailDelivery>();
        services.AddScoped(s => new PortalActions(
            s.GetRequiredService<AuthenticationStateProvider>(),
            s.GetRequiredService<ActorResolver>(),
            s.GetRequiredService<IServiceScopeFactory>()
        ));
        services.AddScoped<AuthenticationStateProvider, CircuitSession>();
        services.AddScoped<NavigationFigures>();
        services.AddScoped<INavigationSource, WorkspaceNavigation>();
        services.AddScoped<IdentityRetention>();
        services.AddJob<IdentityRetention>(
            "identity-forget",
            JobSchedule.Every(TimeSpan.FromHours(1)),
            (retention, ct) => retention.SweepAsync(ct)
        );
        AddKeys(services);
        AddAuthentication(services);
    }

    /// <summary>Sends mail; the worker role runs it.</summary>
    public static void AddIdentityWorkers(this IServiceCollection services)
    {
        services.AddHostedService(s => s.GetRequiredService<MailDelivery>());
        services.AddMessageHandler<BudgetAlerted, OnBudgetAlerted>();
        services.AddMessageHandler<PayoutDestinationChanged, OnPayoutDestinationChanged>();
        services.AddMessageHandler<ArrearsChanged, MailArrears>();
        services.AddMessageHandler<StopAlarmed, MailStopAlarm>();
    }

    /// <summary>Who asks, and for whom. Goes after routing and before authorization.</summary>
    public static void UseIdentity(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.UseMiddleware<ActorMiddleware>();
    }

    /// <summary>The token issuer, and the portal's sign-out and workspace switch.</summary>
    public static void MapIdentity(this IEndpointRouteBuilder routes)
    {
        routes.MapToken();
        routes.MapDiscovery();
        routes.MapPortalSession();
    }

    private static void AddKeys(IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("Marketplace");
        services.AddSingleton<PostgresXmlRepository>();
        services.AddSingleton(s => MasterKey.Load(s.GetRequiredService<IConfiguration>()));
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<PostgresXmlRepository, MasterKey>(
                (options, repository, master) =>
                {
                    options.XmlRepository = repository;
                    options.XmlEncryptor = new MasterKeyEncryptor(master);
                }
            );
    }

    private static void AddAuthentication(IServiceCollection services)
    {
        services.AddScoped<SessionCookie>();
        services
            .AddAuthentication(AnyScheme)
            .AddPolicyScheme(
                AnyScheme,
                null,
                // Below /api only what the caller sends on purpose counts; elsewhere the portal's cookie.
                options =>
                    options.ForwardDefaultSelector = http =>
                        http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
                            ? ApiAuthenticationHandler.SchemeName
                            : CookieAuthenticationDefaults.AuthenticationScheme
            )
            .AddScheme<AuthenticationSchemeOptions, ApiAuthenticationHandler>(ApiAuthenticationHandler.SchemeName, null)
            .AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, _ => { });
        services
            .AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<IOptions<IdentityOptions>>(
                (options, identity) =>
                {
                    options.Cookie.Name = "session";
                    options.Cookie.HttpOnly = true;
                    options.Cookie.SameSite = SameSiteMode.Lax;
                    options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                    options.ExpireTimeSpan = identity.Value.SessionMaxTime;
                    // The row decides when it ends; the cookie only has to live as long.
                    options.SlidingExpiration = false;
                    options.EventsType = typeof(SessionCookie);
                    options.LoginPath = "/sign-in";
                    options.AccessDeniedPath = "/no-access";
                    options.ReturnUrlParameter = "returnUrl";
                }
            );
    }
}
