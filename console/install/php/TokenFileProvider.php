<?php

declare(strict_types=1);

namespace MailConsole;

use PHPMailer\PHPMailer\OAuthTokenProvider;
use RuntimeException;

/**
 * Gives PHPMailer the access token that mail-console keeps fresh.
 *
 * The console writes the token file every few minutes and replaces it whole; this class only reads it. It
 * needs no Composer package. PHPMailer 6.6 or newer, PHP 7.4 to 8.4.
 *
 *     $mail = new PHPMailer\PHPMailer\PHPMailer(true);
 *     $token = new MailConsole\TokenFileProvider('/var/lib/mail-console/tokens/token.json');
 *     $mail->isSMTP();
 *     $mail->Host = $token->host();
 *     $mail->Port = $token->port();
 *     $mail->SMTPSecure = 'tls';
 *     $mail->SMTPAuth = true;
 *     $mail->AuthType = 'XOAUTH2';   // explicitly: PHPMailer would try LOGIN first
 *     $mail->Password = '';          // and must have nothing to fall back to
 *     $mail->setOAuth($token);
 *     $mail->setFrom($token->user());
 */
final class TokenFileProvider implements OAuthTokenProvider
{
    /** @var string Path of the token file. */
    private $path;

    /** @var int Seconds the token must still be good for. */
    private $leastSeconds;

    public function __construct(
        string $path = '/var/lib/mail-console/tokens/token.json',
        int $leastSeconds = 120
    ) {
        $this->path = $path;
        $this->leastSeconds = $leastSeconds;
    }

    /**
     * The SASL XOAUTH2 response, base64.
     *
     * @throws RuntimeException when there is no token that can be used
     */
    public function getOauth64(): string
    {
        $token = $this->read();
        $left = (int) $token['expires_at'] - time();
        if ($left < $this->leastSeconds) {
            throw new RuntimeException(
                'The mail access token has expired; is the renewal timer running? Ask: mail-console status'
            );
        }
        return base64_encode(
            'user=' . $token['user'] . "\x01auth=Bearer " . $token['access_token'] . "\x01\x01"
        );
    }

    /** The mailbox that signs in. */
    public function user(): string
    {
        return (string) $this->read()['user'];
    }

    /** Host name of the mail server. */
    public function host(): string
    {
        return (string) ($this->read()['host'] ?? 'smtp.office365.com');
    }

    /** Port of the mail server. */
    public function port(): int
    {
        return (int) ($this->read()['port'] ?? 587);
    }

    /** @return array<string, mixed> */
    private function read(): array
    {
        // Errors become the exception below; the path is told, the content never.
        $text = @file_get_contents($this->path);
        if ($text === false) {
            throw new RuntimeException(
                'The mail token file ' . $this->path . ' cannot be read by this user. Ask: mail-console tokens check'
            );
        }
        $token = json_decode($text, true);
        if (
            !is_array($token)
            || !is_string($token['access_token'] ?? null) || $token['access_token'] === ''
            || !is_string($token['user'] ?? null) || $token['user'] === ''
            || preg_match('/[\x00-\x1f\x7f]/', $token['access_token'] . $token['user'])
            || !is_int($token['expires_at'] ?? null)
        ) {
            throw new RuntimeException(
                'The mail token file ' . $this->path . ' is damaged. Ask: mail-console token refresh'
            );
        }
        return $token;
    }
}
