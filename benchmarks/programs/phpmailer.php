<?php
// PHPMailer as an appliance uses it: PORT COUNT [CA FILE]; prints the seconds.
require '/usr/share/php/libphp-phpmailer/autoload.php';
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = 'localhost';
$mail->Port = (int) $argv[1];
$mail->SMTPAutoTLS = isset($argv[3]);
if (isset($argv[3])) {
    $mail->SMTPSecure = 'tls';
    $mail->SMTPAuth = true;
    $mail->AuthType = 'PLAIN';
    $mail->Username = 'alerts@contoso.com';
    $mail->Password = 'sandbox-password';
    $mail->SMTPOptions = ['ssl' => ['cafile' => $argv[3]]];
}
$mail->SMTPKeepAlive = true;
$mail->setFrom('alerts@contoso.com');
$mail->addAddress('ops@contoso.com');
$mail->Subject = 's';
$mail->Body = "body\n";
$began = microtime(true);
for ($number = 0; $number < (int) $argv[2]; $number++) {
    $mail->send();
}
$mail->smtpClose();
echo microtime(true) - $began, "\n";
