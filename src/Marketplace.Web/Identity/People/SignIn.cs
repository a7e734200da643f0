using Marketplace.Platform.Data;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.People;

/// <summary>How a sign-in ended.</summary>
internal abstract record SignInResult
{
    public sealed record Ok(string SessionId) : SignInResult;

    /// <summary>Unknown address or wrong password: which of them is not said.</summary>
    /// <param name="AttemptsLeft">Before the pause.</param>
    public sealed record Wrong(int AttemptsLeft) : SignInResult;

    public sealed record Locked(DateTimeOffset Until) : SignInResult;
}

/// <summary>Checks address and password, counts failures, opens a session.</summary>
internal sealed class SignIn(
    MarketplaceDbContext db,
    Passwords passwords,
    SessionDesk sessions,
    IOptions<IdentityOptions> options,
    TimeProvider time
)
{
    public Task<SignInResult> TryAsync(string email, string password, Visitor visitor, CancellationToken ct) =>
        db.InTransactionAsync(token => CheckAsync(email, password, visitor, token), ct);

    private async Task<SignInResult> CheckAsync(string email, string password, Visitor visitor, CancellationToken ct)
    {
        string normalized = Person.Normalize(email);
        DateTimeOffset now = time.GetUtcNow();
        // The row lock lets guesses at one address through one at a time, so that a burst cannot outrun the counter.
        Person? person = await db.Set<Person>()
            .FromSql($"select * from identity.person where normalized_email = {normalized} for update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        if (person is null)
        {
            passwords.VerifyDecoy(password);
            return new SignInResult.Wrong(options.Value.LockoutFailures - 1);
        }
        if (person.LockedUntil > now)
            return new SignInResult.Locked(person.LockedUntil.Value);
        if (!passwords.Verify(person, password))
        {
            person.FailedSignIns++;
            if (person.FailedSignIns < options.Value.LockoutFailures)
                return new SignInResult.Wrong(options.Value.LockoutFailures - person.FailedSignIns);
            person.FailedSignIns = 0;
            person.LockedUntil = now + options.Value.LockoutTime;
            return new SignInResult.Locked(person.LockedUntil.Value);
        }
        person.FailedSignIns = 0;
        person.LockedUntil = null;
        return new SignInResult.Ok(await sessions.OpenAsync(person, visitor, null, ct));
    }
}
